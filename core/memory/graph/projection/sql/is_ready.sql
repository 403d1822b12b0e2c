-- Whether this database has Apache AGE and what prepare.sql makes.
select to_regprocedure('graph_project_forget(uuid,uuid[])') is not null as "isReady"

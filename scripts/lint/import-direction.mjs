import { builtinModules } from 'node:module';
import path from 'node:path';

/**
 * Which folder may import which, and what. A value import of something not named here fails the lint; `import type`
 * leaves nothing in the compiled code, so it may reach what `types` names in addition. Each reason is shown to whoever
 * breaks the rule.
 */
const CONTRACT = /^workflows\/(.+\/)?(types|ids|messages|queues|search-attributes|priority)$/;
const PURE_CORE = /^core\/(.+\/)?(types|rules|limits)$/;

const RULES = {
  core: {
    values: [/^core\//],
    packages: { denied: /^(@temporalio\/|express$|@grpc\/)/ },
    reason: 'core/ is the business: it knows nothing above it, neither Temporal nor Express nor gRPC',
  },
  workflows: {
    values: [/^workflows\//, PURE_CORE],
    types: [/^activities\//, /^core\//],
    packages: { allowed: /^@temporalio\/(workflow|common)$/ },
    reason:
      'workflow code is replayed in a sandbox: @temporalio/workflow, types of activities, and the pure files of core/ (types, rules, limits)',
  },
  activities: {
    values: [/^activities\//, /^core\//, CONTRACT],
    types: [],
    packages: { denied: /^(@temporalio\/workflow|express|@grpc\/grpc-js)$/ },
    reason: 'activities call core/ with what they were given; of the workflows they know only types, ids and messages',
  },
  api: {
    values: [/^api\//, /^core\//, CONTRACT],
    types: [/^workflows\//],
    packages: { denied: /^@temporalio\/(worker|workflow|activity)$/ },
    reason: 'the edge calls core/ and starts workflows by types, ids and messages; it runs none',
  },
  workers: {
    values: [/^(workers|activities|workflows|core)\//],
    types: [],
    reason: 'workers wire the product together; the simulator, scripts and tests are not part of it',
  },
  simulator: {
    values: [/^simulator\//],
    types: [],
    reason: 'the simulator speaks wire protocols only, so that it cannot share a mistake with the product',
  },
  scripts: {
    values: [/^(scripts|core|api|workers|workflows|activities|simulator|test\/support)\//],
    types: [],
    reason: 'scripts are not tests',
  },
};

/** The top folder of a file and its path below the project, without extension: `core/errors/table`. */
function moduleOf(file, root) {
  const relative = path.relative(root, file).split(path.sep).join('/');
  return relative.replace(/\.(c|m)?[jt]sx?$/, '');
}

/** Says why `imported` may not be imported by `importer`, or nothing. Both are paths as `moduleOf` makes them. */
function problemOfModule(importer, imported, isTypeOnly) {
  const rule = RULES[importer.split('/')[0]];
  if (!rule) return undefined;
  const allowed = isTypeOnly ? [...rule.values, ...(rule.types ?? [])] : rule.values;
  if (allowed.some((pattern) => pattern.test(imported))) return undefined;
  return `${importer} must not import ${imported}: ${rule.reason}.`;
}

function problemOfPackage(importer, name, isTypeOnly) {
  const rule = RULES[importer.split('/')[0]];
  if (!rule?.packages || isTypeOnly) return undefined;
  const { allowed, denied } = rule.packages;
  const isBuiltin = name.startsWith('node:') || builtinModules.includes(name);
  const isRefused = allowed ? !allowed.test(name) : denied.test(name) && !isBuiltin;
  return isRefused ? `${importer} must not import ${name}: ${rule.reason}.` : undefined;
}

/** Every specifier carries `type`, or the whole declaration does. */
function isTypeOnly(node) {
  if (node.importKind === 'type' || node.exportKind === 'type') return true;
  const specifiers = node.specifiers ?? [];
  return specifiers.length > 0 && specifiers.every((item) => item.importKind === 'type' || item.exportKind === 'type');
}

/** ESLint rule `ventros/import-direction`. */
export const importDirection = {
  meta: { type: 'problem', schema: [], messages: { refused: '{{problem}}' } },
  create(context) {
    const importer = moduleOf(context.filename, context.cwd);
    const check = (node, source, typeOnly) => {
      if (typeof source?.value !== 'string') return;
      const target = source.value;
      const problem = target.startsWith('.')
        ? problemOfModule(
            importer,
            moduleOf(path.resolve(path.dirname(context.filename), target), context.cwd),
            typeOnly,
          )
        : problemOfPackage(importer, target, typeOnly);
      if (problem) context.report({ node, messageId: 'refused', data: { problem } });
    };
    return {
      ImportDeclaration: (node) => check(node, node.source, isTypeOnly(node)),
      ExportNamedDeclaration: (node) => check(node, node.source, isTypeOnly(node)),
      ExportAllDeclaration: (node) => check(node, node.source, isTypeOnly(node)),
      ImportExpression: (node) => check(node, node.source, false),
      CallExpression(node) {
        const isRequire = node.callee.type === 'Identifier' && node.callee.name === 'require';
        if (isRequire) check(node, node.arguments[0], false);
      },
      TSImportEqualsDeclaration(node) {
        if (node.moduleReference.type === 'TSExternalModuleReference') {
          check(node, node.moduleReference.expression, node.importKind === 'type');
        }
      },
    };
  },
};

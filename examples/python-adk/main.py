"""Asks the agent about a contact: main.py CONTACT_ID QUESTION"""

import asyncio
import os
import sys

from google.adk.agents.run_config import RunConfig
from google.adk.runners import Runner
from google.adk.sessions import InMemorySessionService
from google.genai import types

from agent import create_agent
from ventros_memory import VentrosMemoryService

APP = "ventros-example"
# A model that calls tools for ever ends here.
MAX_MODEL_CALLS = 10


async def ask(contact_id: str, question: str) -> None:
    url, api_key = os.environ["VENTROS_URL"], os.environ["VENTROS_API_KEY"]
    memory = VentrosMemoryService(os.environ["VENTROS_GRPC"], api_key)
    sessions = InMemorySessionService()
    runner = Runner(
        app_name=APP, agent=create_agent(url, api_key), session_service=sessions, memory_service=memory
    )
    # The user of the session is the contact that is spoken about.
    session = await sessions.create_session(app_name=APP, user_id=contact_id)
    message = types.Content(role="user", parts=[types.Part(text=question)])
    try:
        async for event in runner.run_async(
            user_id=contact_id,
            session_id=session.id,
            new_message=message,
            run_config=RunConfig(max_llm_calls=MAX_MODEL_CALLS),
        ):
            for call in event.get_function_calls():
                print(f"calls {call.name} {call.args}")
            if event.is_final_response() and event.content and event.content.parts:
                print("".join(part.text or "" for part in event.content.parts))
        done = await sessions.get_session(app_name=APP, user_id=contact_id, session_id=session.id)
        await memory.add_session_to_memory(done)
    finally:
        await runner.close()
        await memory.close()


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    asyncio.run(ask(sys.argv[1], sys.argv[2]))

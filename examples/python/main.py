"""Imports a history into Ventros over gRPC, then asks what it remembers."""

import os
import sys
import time
from datetime import datetime, timezone
from pathlib import Path

import grpc

# grpcio-tools makes the modules from the contract when they are asked for.
sys.path.append(str(Path(__file__).resolve().parents[2] / "proto"))
pb, services = grpc.protos_and_services("ventros/memory/v1/memory.proto")

TIMEOUT_SECONDS = 10
IMPORT_SECONDS = 90
HISTORY = [
    (pb.HISTORY_ROLE_CUSTOMER, "Oi, quero uma cozinha planejada com ilha"),
    (pb.HISTORY_ROLE_COMPANY, "Que ótimo! Quanto quer investir?"),
    (pb.HISTORY_ROLE_CUSTOMER, "Meu orçamento é de R$ 45.000"),
    (pb.HISTORY_ROLE_CUSTOMER, "Moro em Campinas e prefiro madeira clara"),
]


def read(name):
    path = os.environ.get(name)
    return Path(path).read_bytes() if path else None


def connect(address):
    if not os.environ.get("VENTROS_CA"):
        return grpc.insecure_channel(address)
    return grpc.secure_channel(
        address,
        grpc.ssl_channel_credentials(read("VENTROS_CA"), read("VENTROS_KEY"), read("VENTROS_CERT")),
    )


def history():
    options = pb.ImportOptions(fact_messages=100)
    for number, (role, text) in enumerate(HISTORY):
        message = pb.HistoryMessage(
            contact=pb.HistoryContact(ref="example-python", name="Helena"),
            role=role,
            text=text,
            external_id=str(number),
        )
        message.at.FromDatetime(datetime(2026, 3, 1, 12, number, tzinfo=timezone.utc))
        yield pb.ImportMessagesRequest(message=message, options=options if number == 0 else None)


def main():
    channel = connect(os.environ["VENTROS_GRPC"])
    memory = services.MemoryServiceStub(channel)
    call = {"metadata": (("authorization", "Bearer " + os.environ["VENTROS_API_KEY"]),), "timeout": TIMEOUT_SECONDS}

    started = getattr(memory.ImportMessages(history(), **call), "import")
    until = time.monotonic() + IMPORT_SECONDS
    while True:
        state = getattr(memory.GetImport(pb.GetImportRequest(import_id=started.import_id), **call), "import")
        if state.HasField("finished_at"):
            break
        if time.monotonic() > until:
            sys.exit(f"The import is still {state.status}; GetImport tells when it has ended")
        time.sleep(0.5)
    print(f"Import {state.status}: {state.messages_stored} messages, {state.facts_found} facts")

    found = memory.SearchMemory(pb.SearchMemoryRequest(query="qual é o orçamento?", top_k=3), **call)
    if not found.results:
        sys.exit(f"Found nothing: {found.metadata.empty_reason or list(found.metadata.degraded_reasons)}")
    best = found.results[0]
    print(f"Found: {best.content} (relevance {best.relevance:.2f}, by {', '.join(leg.leg for leg in best.legs)})")

    context = memory.GetContactContext(
        pb.GetContactContextRequest(contact_id=best.contact_id, query="cozinha", max_messages=2), **call
    )
    print(f"Context: {len(context.messages)} messages, {len(context.facts)} facts, {len(context.memories)} memories")

    memory.AddFact(
        pb.AddFactRequest(contact_id=best.contact_id, fact_type="preference", fact_text="Prefere ser chamada à tarde"),
        **call,
    )
    for fact in memory.GetContactFacts(pb.GetContactFactsRequest(contact_id=best.contact_id), **call).facts:
        print(f"Fact: {fact.fact_type}: {fact.fact_text} ({fact.confidence:.2f})")


try:
    main()
except grpc.RpcError as error:
    sys.exit(f"{error.code().name}: {error.details()}")

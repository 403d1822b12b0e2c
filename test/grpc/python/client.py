"""Calls every RPC with stubs made from the same proto, and prints what came back as JSON.

Usage: client.py STUBS ADDRESS API_KEY CONTACT_ID MESSAGE_ID
"""

import json
import sys

stubs, address, api_key, contact_id, message_id = sys.argv[1:]
sys.path.insert(0, stubs)

import grpc
from google.protobuf.descriptor_pb2 import FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
from ventros.memory.v1 import memory_pb2 as pb
from ventros.memory.v1 import memory_pb2_grpc

SERVICE = "ventros.memory.v1.MemoryService"
channel = grpc.insecure_channel(address, compression=grpc.Compression.Gzip)
memory = memory_pb2_grpc.MemoryServiceStub(channel)
metadata = (("authorization", f"Bearer {api_key}"),)
report = {}

stored = memory.StoreEmbedding(
    pb.StoreEmbeddingRequest(
        contact_id=contact_id,
        content_type="document",
        content_text="Manual da lavadora: trocar o filtro a cada seis meses",
        embedding=[0.5] * 768,
        metadata={"title": "Manual"},
    ),
    metadata=metadata,
    timeout=20,
)
report["stored"] = {"id": stored.embedding_id, "success": stored.success}

found = memory.SearchMemory(
    pb.SearchMemoryRequest(query="filtro da lavadora", contact_id=contact_id, top_k=5),
    metadata=metadata,
    timeout=20,
)
report["search"] = {
    "contents": [result.content for result in found.results],
    "sources": [result.source for result in found.results],
    "similarity": [result.similarity for result in found.results],
    "title": found.results[0].metadata["title"] if found.results else None,
    "strategy": pb.SearchStrategy.Name(found.metadata.strategy_used),
}

extracted = memory.ExtractFacts(
    pb.ExtractFactsRequest(message_id=message_id), metadata=metadata, timeout=20
)
report["extracted"] = [fact.fact_text for fact in extracted.facts]

facts = memory.GetContactFacts(
    pb.GetContactFactsRequest(contact_id=contact_id, fact_types=["budget"]), metadata=metadata, timeout=20
)
report["facts"] = [
    {"type": fact.fact_type, "text": fact.fact_text, "extracted_at": fact.extracted_at.ToDatetime().isoformat()}
    for fact in facts.facts
]

try:
    memory.SearchMemory(pb.SearchMemoryRequest(query="x", top_k=10_000), metadata=metadata, timeout=20)
except grpc.RpcError as error:
    details = dict(error.trailing_metadata()).get("grpc-status-details-bin", b"")
    report["refused"] = {"code": error.code().name, "hasReason": b"VALIDATION_ERROR" in details}

health = health_pb2_grpc.HealthStub(channel)
status = health.Check(health_pb2.HealthCheckRequest(service=SERVICE), timeout=20)
report["health"] = health_pb2.HealthCheckResponse.ServingStatus.Name(status.status)

reflection = reflection_pb2_grpc.ServerReflectionStub(channel)
answers = list(
    reflection.ServerReflectionInfo(
        iter(
            [
                reflection_pb2.ServerReflectionRequest(list_services=""),
                reflection_pb2.ServerReflectionRequest(file_containing_symbol=SERVICE),
            ]
        ),
        timeout=20,
    )
)
report["services"] = sorted(service.name for service in answers[0].list_services_response.service)
files = [FileDescriptorProto.FromString(blob) for blob in answers[1].file_descriptor_response.file_descriptor_proto]
report["methods"] = sorted(
    method.name
    for file in files
    for service in file.service
    if f"{file.package}.{service.name}" == SERVICE
    for method in service.method
)

# A pool refuses a file whose imports it does not have, and types it cannot find: as strict as clients come.
pool = DescriptorPool()
waiting = {file.name: file for file in files}


def add(name):
    file = waiting.pop(name, None)
    if file is None:
        return
    for dependency in file.dependency:
        add(dependency)
    pool.Add(file)


for name in list(waiting):
    add(name)
result = pool.FindMessageTypeByName("ventros.memory.v1.SearchResult")
report["resolved"] = {field.name: field.message_type.full_name for field in result.fields if field.message_type}
print(json.dumps(report))

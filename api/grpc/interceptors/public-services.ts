/** Answer without a key: probes have none, and the contract is public. */
const PUBLIC_SERVICES = ['/grpc.health.v1.Health/', '/grpc.reflection.'];

export function isPublic(path: string): boolean {
  return PUBLIC_SERVICES.some((service) => path.startsWith(service));
}

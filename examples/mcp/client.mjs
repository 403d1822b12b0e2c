import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';

const { VENTROS_URL, VENTROS_API_KEY, MCP_VERSIONS = 'auto' } = process.env;
if (!VENTROS_URL || !VENTROS_API_KEY) throw new Error('Set VENTROS_URL and VENTROS_API_KEY: npm start prints both');

// 'auto' speaks the newest revision that both sides know, 'legacy' one of those before 2026-07-28.
const client = new Client(
  { name: 'ventros-example', version: '1.0.0' },
  { versionNegotiation: { mode: MCP_VERSIONS } },
);
await client.connect(
  new StreamableHTTPClientTransport(new URL('/mcp', VENTROS_URL), {
    requestInit: { headers: { authorization: `Bearer ${VENTROS_API_KEY}` } },
  }),
);

const { tools } = await client.listTools();
console.log(
  `${tools.length} tools, for example ${tools
    .slice(0, 3)
    .map(({ name }) => name)
    .join(', ')}`,
);

const found = await client.callTool({ name: 'get_contacts', arguments: { limit: 5 } });
const [contact] = found.structuredContent.contacts;
if (!contact) throw new Error('There is no contact yet: send the channel a message first');
console.log(`The newest contact is ${contact.name}`);

const tag = { contact_id: contact.id, tags: ['via-mcp'], operation: 'add' };
const rehearsed = await client.callTool({ name: 'tag_contact', arguments: tag });
console.log('Rehearsed:', rehearsed.structuredContent.tags.join(', '));
const done = await client.callTool({ name: 'tag_contact', arguments: { ...tag, dry_run: false } });
console.log('Done:', done.structuredContent.tags.join(', '));

await client.close();

// Writes src/api/SERVICE.ts: the types of each service, out of its OpenAPI document.
import { mkdir, writeFile } from 'node:fs/promises';
import openapiTypes, { astToString } from 'openapi-typescript';

const here = new URL('.', import.meta.url);
await mkdir(new URL('src/api/', here), { recursive: true });
for (const service of ['user', 'catalog', 'order', 'payment']) {
  const document = new URL(`../../../services/${service}/openapi.yaml`, here);
  const types = astToString(await openapiTypes(document));
  await writeFile(new URL(`src/api/${service}.ts`, here), types);
}

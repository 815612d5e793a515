// Reads rendered manifests from stdin; says which break the schema of their kind. Objects of an
// operator (PostgreSQL clusters) have none here and are counted apart.
//
// usage: kubectl kustomize deploy/k8s/overlays/local | node deploy/k8s/tests/check_schemas.mjs

import { readFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';

const documents = parseAllDocuments(readFileSync(0, 'utf8')).map((each) => each.toJSON());
let broken = 0;
let unknown = 0;

for (const object of documents) {
    const name = `${object.kind} ${object.metadata?.name}`;
    if (object.apiVersion.startsWith('postgresql.cnpg.io/')) {
        unknown += 1;
        continue;
    }
    const { [object.kind]: Model } = await import(
        `kubernetes-models/${object.apiVersion}/${object.kind}`);
    try {
        new Model(object).validate();
    } catch (error) {
        broken += 1;
        console.error(`${name}: ${error.message}`);
    }
}
console.log(`${documents.length - broken - unknown} objects keep their schema, `
    + `${broken} break it, ${unknown} have none`);
process.exit(broken === 0 && documents.length > 0 ? 0 : 1);

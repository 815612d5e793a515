// Takes an OpenAPI document in YAML apart by its indentation: enough to browse it, and no parser.
// Every operation and every component keeps its source, which is what people read in the end.

const methods = /^    (get|put|post|patch|delete):\s*$/;

// {title, operations: [{method, path, id, summary, source}], components: [{kind, name, source}]}
export function outline(text) {
  const lines = text.split('\n');
  const found = { title: '', operations: [], components: [] };
  let part = '', path = '', kind = '', open = null;
  for (const line of lines) {
    const top = /^([a-z]+):/.exec(line);
    if (top) {
      part = top[1];
      open = null;
    } else if (part === 'info' && !found.title) {
      found.title = (/^  title: (.*)/.exec(line) || [])[1] || '';
    } else if (part === 'paths') {
      const named = /^  (\/[^:]*):\s*$/.exec(line);
      const method = methods.exec(line);
      if (named) {
        path = named[1];
        open = null;
      } else if (method) {
        open = { method: method[1], path: path, source: '' };
        found.operations.push(open);
      } else if (open) {
        open.source += line.slice(6) + '\n';
      }
    } else if (part === 'components') {
      const section = /^  ([A-Za-z]+):\s*$/.exec(line);
      const named = /^    ([A-Za-z0-9_.-]+):(.*)$/.exec(line);
      if (section) {
        kind = section[1];
        open = null;
      } else if (named) {
        const rest = named[2].trim();
        open = { kind: kind, name: named[1], source: rest ? `${rest}\n` : '' };
        found.components.push(open);
      } else if (open) {
        open.source += line.slice(6) + '\n';
      }
    }
  }
  for (const operation of found.operations) {
    operation.id = valueOf(operation.source, 'operationId') || operation.method + operation.path;
    operation.summary = valueOf(operation.source, 'summary');
  }
  return found;
}

function valueOf(source, key) {
  const found = new RegExp(`^${key}: (.*)$`, 'm').exec(source);
  return found ? found[1].replace(/^(['"])(.*)\1$/, '$2') : '';
}

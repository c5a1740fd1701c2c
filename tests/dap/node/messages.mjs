// Whether a message of a debug adapter is what the protocol's own type declarations say: messages(FOLDER-OF-PACKAGES)
// gives a function that throws for one that is not. Fields the declarations do not know are errors, too.
import { createRequire } from 'node:module';
import path from 'node:path';

export function messages(packages) {
  const require = createRequire(path.resolve(packages, 'package.json'));
  const { createGenerator } = require('ts-json-schema-generator');
  const { Ajv } = require('ajv');
  const ajv = new Ajv({ strict: false, allErrors: true });
  const generator = createGenerator({
    path: path.join(path.dirname(require.resolve('@vscode/debugprotocol/package.json')), 'lib/debugProtocol.d.ts'),
    skipTypeCheck: true, expose: 'all', encodeRefs: false,
  });
  const known = new Map();
  const validator = (name) => {
    if (!known.has(name)) {
      const schema = generator.createSchema(`DebugProtocol.${name}`);
      // A module may have more attributes: those of `additionalModuleColumns`.
      const module = schema.definitions['DebugProtocol.Module'];
      if (module) module.properties.mlFunctions = { type: 'number' };
      known.set(name, ajv.compile(schema));
    }
    return known.get(name);
  };
  const typeOf = (m) => {
    const name = m.event ?? m.command;
    const own = name.includes('/') || (m.type === 'response' && !m.success);
    const word = { event: 'Event', response: 'Response', request: 'Request' }[m.type];
    if (!own) return name[0].toUpperCase() + name.slice(1) + word;
    return m.type === 'response' && !m.success ? 'ErrorResponse' : word;
  };
  return (message) => {
    const check = validator(typeOf(message));
    if (!check(message)) throw new Error(`no ${typeOf(message)}: ${ajv.errorsText(check.errors)}\n${JSON.stringify(message)}`);
  };
}

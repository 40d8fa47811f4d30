const secretName = /KEY|TOKEN|SECRET|PASSWORD|PASSPHRASE|CREDENTIAL/i;

/** Whether a variable holds a secret by its name: its value goes neither into logs nor to a forge. */
export function isSecretName(name: string): boolean {
  return secretName.test(name);
}

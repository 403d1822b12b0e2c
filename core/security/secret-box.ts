import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { AppError } from '../errors';

/** Seals small secrets (channel keys, webhook secrets) for storage. */
export interface SecretBox {
  /** The same text sealed twice gives two different values. */
  seal(plainText: string): string;
  /** @throws AppError INTERNAL_ERROR if the value was not sealed with this key, or was changed since. */
  open(sealed: string): string;
}

/** First part of every sealed value, so that another cipher or key can be introduced beside this one. */
const VERSION = 'v1';
/** 96 bits: the nonce size GCM is specified for (NIST SP 800-38D, 5.2.1.1). */
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * AES-256-GCM with a fresh nonce per value. The text form is `v1.<nonce>.<ciphertext and tag>` in base64url.
 *
 * @param keyBase64 32 bytes in base64.
 * @throws AppError INTERNAL_ERROR if the key has another length.
 */
export function createSecretBox(keyBase64: string): SecretBox {
  const key = Buffer.from(keyBase64, 'base64');
  if (key.length !== 32) throw new AppError('INTERNAL_ERROR', 'The encryption key must be 32 bytes in base64');

  return {
    seal(plainText) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', key, nonce);
      const sealed = Buffer.concat([cipher.update(plainText, 'utf8'), cipher.final(), cipher.getAuthTag()]);
      return [VERSION, nonce.toString('base64url'), sealed.toString('base64url')].join('.');
    },

    open(value) {
      const [version, nonceText, sealedText] = value.split('.');
      if (version !== VERSION || !nonceText || !sealedText) {
        throw new AppError('INTERNAL_ERROR', 'A stored secret is not in a form this version can read');
      }
      const sealed = Buffer.from(sealedText, 'base64url');
      const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(nonceText, 'base64url'), {
        authTagLength: TAG_BYTES,
      });
      try {
        decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
        return Buffer.concat([decipher.update(sealed.subarray(0, -TAG_BYTES)), decipher.final()]).toString('utf8');
      } catch (cause) {
        throw new AppError(
          'INTERNAL_ERROR',
          'A stored secret does not open with the encryption key: ENCRYPTION_KEY was changed, or the value was',
          { cause },
        );
      }
    },
  };
}

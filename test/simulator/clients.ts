import LlamaCloud from '@llamaindex/llama-cloud';
import { GoogleGenAI } from '@google/genai';
import { OAuth2Client } from 'google-auth-library';
import Groq from 'groq-sdk';
import OpenAI from 'openai';
import type { Simulator } from '../../simulator/index';

/** The real SDKs, pointed at a simulator and without retries of their own. */
export function clientsOf({ urls }: Simulator, timeoutMs = 5_000) {
  const authClient = new OAuth2Client();
  authClient.setCredentials({ access_token: 'test-token', expiry_date: Date.now() + 3_600_000 });
  return {
    vertex: new GoogleGenAI({
      vertexai: true,
      project: 'test-project',
      location: 'global',
      apiVersion: 'v1',
      googleAuthOptions: { authClient },
      httpOptions: { baseUrl: urls.vertex, timeout: timeoutMs },
    }),
    groq: new Groq({ apiKey: 'test-key', baseURL: urls.groq, maxRetries: 0, timeout: timeoutMs }),
    openai: new OpenAI({ apiKey: 'test-key', baseURL: `${urls.openai}/v1`, maxRetries: 0, timeout: timeoutMs }),
    llamaparse: new LlamaCloud({ apiKey: 'test-key', baseURL: urls.llamaparse, maxRetries: 0, timeout: timeoutMs }),
  };
}

/** A second of silence, 16 kHz, 16 bit, mono. */
export function wavOfOneSecond(): Buffer {
  const dataBytes = 32_000;
  const wav = Buffer.alloc(44 + dataBytes);
  wav.write('RIFF', 0, 'latin1');
  wav.writeUInt32LE(36 + dataBytes, 4);
  wav.write('WAVEfmt ', 8, 'latin1');
  wav.writeUInt32LE(16, 16);
  wav.writeUInt16LE(1, 20);
  wav.writeUInt16LE(1, 22);
  wav.writeUInt32LE(16_000, 24);
  wav.writeUInt32LE(32_000, 28);
  wav.writeUInt16LE(2, 32);
  wav.writeUInt16LE(16, 34);
  wav.write('data', 36, 'latin1');
  wav.writeUInt32LE(dataBytes, 40);
  return wav;
}

/** Cosine similarity of two vectors of length one. */
export const similarity = (left: number[], right: number[]): number =>
  left.reduce((sum, value, index) => sum + value * right[index]!, 0);

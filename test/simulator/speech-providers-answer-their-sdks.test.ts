import assert from 'node:assert/strict';
import { toFile } from 'openai';
import { insufficientQuota, rateLimited, startSimulator, type Simulator } from '../../simulator/index';
import { clientsOf, wavOfOneSecond } from './clients';

describe('the simulated Groq and OpenAI transcription', () => {
  let simulator: Simulator;
  const recording = () => toFile(wavOfOneSecond(), 'voice.wav', { type: 'audio/wav' });
  before(async () => {
    simulator = await startSimulator();
  });
  after(() => simulator.stop());
  afterEach(() => simulator.reset());

  it('gives Groq segments that add up to the length of the recording', async () => {
    simulator.script({
      speech: [{ match: { fileNameIncludes: 'voice' }, text: 'Oi, tudo bem? Quero um sofá.', language: 'pt' }],
    });
    const answer = await clientsOf(simulator).groq.audio.transcriptions.create({
      model: 'whisper-large-v3-turbo',
      file: await recording(),
      response_format: 'verbose_json',
      timestamp_granularities: ['segment', 'word'],
    });
    const verbose = answer as typeof answer & {
      language: string;
      duration: number;
      segments: { start: number; end: number; text: string }[];
      words: { word: string }[];
    };
    assert.equal(verbose.text, 'Oi, tudo bem? Quero um sofá.');
    assert.equal(verbose.language, 'portuguese');
    assert.equal(verbose.duration, 1);
    assert.equal(verbose.segments.length, 2);
    assert.equal(verbose.segments[0]?.start, 0);
    assert.equal(verbose.segments[1]?.end, 1);
    assert.equal(verbose.words.length, 6);
    assert.equal(simulator.invoice('groq')[0]?.audioSeconds, 1);
  });

  it('gives OpenAI the text, the languages and the billed seconds, and records the file by hash', async () => {
    const answer = await clientsOf(simulator).openai.audio.transcriptions.create({
      model: 'gpt-transcribe',
      file: await recording(),
    });
    assert.match(answer.text, /^Áudio [0-9a-f]{8}: /);
    assert.deepEqual(answer.usage, { type: 'duration', seconds: 1 });
    const [request] = simulator.requests('openai');
    const { fields, files } = request!.body as { fields: object; files: { fileName: string; sizeBytes: number }[] };
    assert.deepEqual(fields, { model: 'gpt-transcribe' });
    assert.equal(files[0]?.fileName, 'voice.wav');
    assert.equal(files[0]?.sizeBytes, 32_044);
  });

  it('refuses verbose_json from a model that cannot give it', async () => {
    const asked = clientsOf(simulator).openai.audio.transcriptions.create({
      model: 'gpt-transcribe',
      file: await recording(),
      response_format: 'verbose_json',
    });
    await assert.rejects(asked, { status: 400 });
  });

  it('is rate limited in the way each SDK reads it', async () => {
    const { groq, openai } = clientsOf(simulator);
    simulator.fault('groq', rateLimited('groq', 7), { times: 1 });
    const file = await recording();
    await assert.rejects(groq.audio.transcriptions.create({ model: 'whisper-large-v3', file }), (error) => {
      assert.ok(error instanceof Error && 'status' in error && 'headers' in error && 'error' in error);
      assert.equal(error.status, 429);
      assert.equal((error.headers as Headers).get('retry-after'), '7');
      assert.equal((error.error as { error: { code: string } }).error.code, 'rate_limit_exceeded');
      return true;
    });
    simulator.fault('openai', insufficientQuota(), { times: 1 });
    const asked = openai.audio.transcriptions.create({ model: 'gpt-transcribe', file });
    await assert.rejects(asked, { status: 429, code: 'insufficient_quota' });
  });
});

import assert from 'node:assert/strict';
import { parseImportLine } from '../../core/memory/import/lines';
import { goldQuestions, readMemoryPt } from '../../scripts/eval/memory-pt-data';

describe('the Brazilian chats of the evaluation are sound', () => {
  const data = readMemoryPt();
  const { contacts, lines, messages, questions } = data;
  const answerable = questions.filter(({ kind }) => kind !== 'unanswerable');
  const idOf = (ref: string, externalId: string) => `${ref}/${externalId}`;
  const known = new Set(messages.map(({ contact, external_id }) => idOf(contact.ref, external_id)));

  it('there are enough of them, a third to tune on', () => {
    assert.ok(contacts.length >= 40, `${contacts.length} contacts`);
    assert.ok(answerable.length >= 250, `${answerable.length} questions`);
    assert.ok(questions.length - answerable.length >= 40, `${questions.length - answerable.length} unanswerable`);
    const tuning = contacts.filter(({ part }) => part === 'tuning').length / contacts.length;
    assert.ok(tuning > 0.25 && tuning < 0.4, `${tuning} of the contacts`);
  });

  it('the import takes every line', () => {
    const now = new Date();
    const refused = lines.flatMap((line, index) => {
      const parsed = parseImportLine(line, { line: index + 1, now });
      return parsed.ok ? [] : [`${line}: ${parsed.problem}`];
    });
    assert.deepEqual(refused, []);
  });

  it('every question names messages that exist, unless it has no answer', () => {
    const dangling = questions.flatMap(({ id, contact, evidence }) =>
      evidence.filter((messageId) => !known.has(idOf(contact, messageId))).map((messageId) => `${id}: ${messageId}`),
    );
    assert.deepEqual(dangling, []);
    const wrong = questions.filter(({ kind, evidence }) => (kind === 'unanswerable') !== (evidence.length === 0));
    assert.deepEqual(wrong, []);
    for (const { id, evidence } of questions) assert.equal(new Set(evidence).size, evidence.length, id);
  });

  it('nothing is there twice', () => {
    const twice = (keys: string[]) => keys.filter((key, index) => keys.indexOf(key) !== index);
    assert.deepEqual(twice(contacts.map(({ ref }) => ref)), []);
    assert.deepEqual(twice(messages.map(({ contact, external_id }) => idOf(contact.ref, external_id))), []);
    assert.deepEqual(twice(questions.map(({ id }) => id)), []);
    assert.deepEqual(twice(questions.map(({ contact, question }) => `${contact}: ${question.toLowerCase()}`)), []);
  });

  it('each contact has a conversation and questions of both sorts, all of its own part', () => {
    for (const { ref, part } of contacts) {
      const own = questions.filter(({ contact }) => contact === ref);
      assert.ok(messages.filter(({ contact }) => contact.ref === ref).length >= 20, ref);
      assert.ok(own.filter(({ kind }) => kind !== 'unanswerable').length >= 5, ref);
      assert.ok(
        own.some(({ kind }) => kind === 'unanswerable'),
        ref,
      );
      assert.ok(
        own.every((question) => question.part === part),
        ref,
      );
    }
    const refs = new Set(contacts.map(({ ref }) => ref));
    assert.ok(goldQuestions(data).every(({ ref, now }) => refs.has(ref) && now.getTime() > 0));
    assert.ok(messages.every(({ contact }) => refs.has(contact.ref)));
  });
});

import type { OfficeFormat } from '../office-text';
import { answerParent } from './answer';
import { officePages } from './office-formats';
import { unpackOffice } from './office-zip';

/** The first line says how the rest is read. */
void answerParent((input) => {
  const end = input.indexOf('\n');
  const format = input.subarray(0, end).toString('latin1') as OfficeFormat;
  const result = officePages(format, unpackOffice(input.subarray(end + 1)));
  return Promise.resolve(Buffer.from(JSON.stringify(result)));
});

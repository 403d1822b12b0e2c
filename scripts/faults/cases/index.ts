import type { FaultCase } from '../types';
import { f1 } from './f1';
import { f2 } from './f2';
import { f3 } from './f3';
import { f4 } from './f4';
import { f5 } from './f5';
import { f7 } from './f7';
import { f9 } from './f9';
import { f10 } from './f10';
import { i1 } from './i1';
import { i14 } from './i14';
import { i15 } from './i15';
import { i2 } from './i2';
import { i3 } from './i3';
import { i5 } from './i5';
import { i6 } from './i6';
import { i7 } from './i7';
import { i8 } from './i8';
import { i9 } from './i9';
import { m1 } from './m1';
import { m2 } from './m2';
import { m3 } from './m3';

/** Every case, in the order in which the suite runs. docs/reliability.md names each of them. */
export const CASES: readonly FaultCase[] = [
  f1,
  f2,
  f3,
  f4,
  f5,
  f7,
  f9,
  f10,
  i1,
  i2,
  i3,
  i5,
  i6,
  i7,
  i8,
  i9,
  i14,
  i15,
  m1,
  m2,
  m3,
];

export { present, type PresentedRow } from '../../core/present';

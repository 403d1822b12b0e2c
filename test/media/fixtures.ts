export { blackPng, fixture, fixturePath, pdfOfPages, windowsProgram } from '../support/media-bytes';

export { downloadMedia, type DownloadedMedia, type DownloadRequest } from './download';
export { createFfmpegTools, sweepStaleWorkspaces, type FfmpegTools } from './ffmpeg';
export { createGuardedFetch, type GuardedFetch, type GuardedFetchOptions } from './guarded-fetch';
export { prepareImage, type PreparedImage } from './image';
export { extractPdfText, type PdfText } from './pdf-text';
export { identifyMedia, type IdentifiedMedia, type MediaKind } from './sniff';
export { createLocalMediaStore, type MediaStore } from './store';

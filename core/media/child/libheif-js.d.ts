/** What we use of libheif-js, whose own types describe the C functions below it. */
declare module 'libheif-js/wasm-bundle.js' {
  interface HeifImage {
    get_width(): number;
    get_height(): number;
    /** Fills `data` with four bytes a pixel. `shown` is null when it cannot be decoded. */
    display(target: { data: Uint8ClampedArray; width: number; height: number }, done: (shown: unknown) => void): void;
  }
  const libheif: { HeifDecoder: new () => { decode(file: Buffer): HeifImage[] } };
  export = libheif;
}

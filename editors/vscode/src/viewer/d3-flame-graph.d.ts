declare module 'd3-flame-graph' {
  interface Node<T> { data: T; value?: number }
  interface FlameGraph<T> {
    (selection: unknown): void;
    width(px: number): this;
    cellHeight(px: number): this;
    inverted(on: boolean): this;
    sort(on: boolean): this;
    minFrameSize(px: number): this;
    transitionDuration(ms: number): this;
    tooltip(on: boolean): this;
    selfValue(on: boolean): this;
    label(text: (node: Node<T>) => string): this;
    getName(text: (node: Node<T>) => string): this;
    setColorMapper(colour: (node: Node<T>, original: string) => string): this;
    onClick(act: (node: Node<T>) => void): this;
    search(text: string): void;
    clear(): void;
    resetZoom(): void;
    destroy(): this;
  }
  export default function flamegraph<T>(): FlameGraph<T>;
}
declare module '*.css' {
  const text: string;
  export default text;
}

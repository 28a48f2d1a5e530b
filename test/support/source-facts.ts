/** What the architecture test needs to know of a source file, read from its syntax tree, never by search. */
import ts from 'typescript';

export interface SourceFile {
  /** Relative to the repository, `src/core/plan.ts`. */
  readonly path: string;
  readonly text: string;
}

export interface Import {
  readonly from: string;
  readonly line: number;
  /** The names taken, as the other file calls them. */
  readonly names: readonly string[];
}

/** Something that a file uses by name: `setTimeout`, `Date.now`, `new Date()`, `it.only`. */
export interface Use {
  readonly name: string;
  readonly line: number;
}

export interface Facts {
  readonly path: string;
  /** Static, dynamic and in types. */
  readonly imports: readonly Import[];
  readonly reExports: readonly number[];
  readonly defaultExports: readonly number[];
  readonly uses: readonly Use[];
  readonly anyCasts: readonly number[];
  /** How many lines hold code; comments and blank lines do not count. */
  readonly codeLines: number;
  readonly comments: string;
}

export function factsOf({ path, text }: SourceFile): Facts {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.ES2023, true, ts.ScriptKind.TS);
  const lineAt = (position: number) => source.getLineAndCharacterOfPosition(position).line + 1;
  const lineOf = (node: ts.Node) => lineAt(node.getStart(source));

  const imports: Import[] = [];
  const reExports: number[] = [];
  const defaultExports: number[] = [];
  const uses: Use[] = [];
  const anyCasts: number[] = [];

  const visit = (node: ts.Node): void => {
    const line = lineOf(node);
    if (ts.isImportDeclaration(node)) {
      imports.push({ from: textOf(node.moduleSpecifier), line, names: namesOf(node.importClause) });
      return; // an import's own names are no uses
    }
    if (ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined) {
      imports.push({ from: textOf(node.moduleSpecifier), line, names: [] });
      reExports.push(line);
    }
    if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      imports.push({ from: textOf(node.arguments[0]), line, names: [] });
    }
    if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      imports.push({ from: textOf(node.argument.literal), line, names: [] });
    }
    if (isDefaultExport(node)) defaultExports.push(line);
    if (isAnyCast(node)) anyCasts.push(line);
    const name = useOf(node);
    if (name !== undefined) uses.push({ name, line });
    node.forEachChild(visit);
  };
  visit(source);

  return { path, imports, reExports, defaultExports, uses, anyCasts, ...outline(source, lineAt) };
}

/** Which lines hold code, and the text between the tokens, which is all the comments. */
function outline(source: ts.SourceFile, lineAt: (position: number) => number): { codeLines: number; comments: string } {
  const lines = new Set<number>();
  const comments: string[] = [];
  const walk = (node: ts.Node): void => {
    if (ts.isJSDoc(node)) return;
    const children = node.getChildren(source);
    if (children.length > 0) {
      children.forEach(walk);
      return;
    }
    comments.push(source.text.slice(node.pos, node.getStart(source)));
    if (node.getWidth(source) === 0) return;
    for (let line = lineAt(node.getStart(source)); line <= lineAt(node.getEnd()); line++) lines.add(line);
  };
  walk(source);
  return { codeLines: lines.size, comments: comments.join('') };
}

function namesOf(clause: ts.ImportClause | undefined): string[] {
  const bindings = clause?.namedBindings;
  const named = bindings !== undefined && ts.isNamedImports(bindings) ? bindings.elements : [];
  return [
    ...(clause?.name === undefined ? [] : ['default']),
    ...named.map(({ propertyName, name }) => (propertyName ?? name).text),
  ];
}

function isDefaultExport(node: ts.Node): boolean {
  if (ts.isExportAssignment(node)) return true;
  if (ts.isExportSpecifier(node)) return node.name.text === 'default';
  return (
    ts.canHaveModifiers(node) && (ts.getModifiers(node) ?? []).some(({ kind }) => kind === ts.SyntaxKind.DefaultKeyword)
  );
}

function isAnyCast(node: ts.Node): boolean {
  return (ts.isAsExpression(node) || ts.isTypeAssertionExpression(node)) && node.type.kind === ts.SyntaxKind.AnyKeyword;
}

function useOf(node: ts.Node): string | undefined {
  if (ts.isPropertyAccessExpression(node) && ts.isIdentifier(node.expression)) {
    return `${node.expression.text}.${node.name.text}`;
  }
  if (
    ts.isElementAccessExpression(node) &&
    ts.isIdentifier(node.expression) &&
    ts.isStringLiteral(node.argumentExpression)
  ) {
    return `${node.expression.text}.${node.argumentExpression.text}`;
  }
  if (ts.isNewExpression(node) && ts.isIdentifier(node.expression)) {
    return `new ${node.expression.text}(${(node.arguments ?? []).length === 0 ? '' : '…'})`;
  }
  return ts.isIdentifier(node) && isReference(node) ? node.text : undefined;
}

/** Whether an identifier stands for a value in scope, rather than naming a property, a type or something new. */
function isReference(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  if (ts.isPropertyAssignment(parent)) return parent.initializer === node;
  if (ts.isShorthandPropertyAssignment(parent)) return true;
  if (ts.isTypeReferenceNode(parent) || ts.isQualifiedName(parent) || ts.isExportSpecifier(parent)) return false;
  return !('name' in parent && parent.name === node) && !('propertyName' in parent && parent.propertyName === node);
}

function textOf(node: ts.Node | undefined): string {
  return node !== undefined && ts.isStringLiteralLike(node) ? node.text : '(computed)';
}

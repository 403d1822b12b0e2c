import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';
import { importDirection } from './scripts/lint/import-direction.mjs';

const RESTRICTED_SYNTAX = [
  {
    selector: 'TSEnumDeclaration',
    message: 'Use a union of literals: it needs no import and no run-time object.',
  },
  { selector: 'ExportDefaultDeclaration', message: 'Export by name, so that everyone calls it the same.' },
  {
    selector: 'CatchClause > BlockStatement TSAsExpression > Identifier[name=/^(e|err|error)$/]',
    message: 'Ask what was caught (instanceof, isAppError) instead of claiming to know.',
  },
];

export default defineConfig(
  globalIgnores(['dist/', 'dist-*/', 'coverage/', '.ventros/', '**/generated/', 'node_modules/']),
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strict],
    languageOptions: {
      parserOptions: {
        projectService: { allowDefaultProject: ['prisma.config.ts'] },
        tsconfigRootDir: import.meta.dirname,
      },
    },
    plugins: { ventros: { rules: { 'import-direction': importDirection } } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      'ventros/import-direction': 'error',
      // A forgotten await loses errors, and in a workflow the order of commands.
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { arguments: false } }],
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/only-throw-error': 'error',
      '@typescript-eslint/no-unnecessary-type-assertion': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      'no-empty': ['error', { allowEmptyCatch: false }],
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-restricted-syntax': ['error', ...RESTRICTED_SYNTAX],
    },
  },
  {
    // The environment is read once, in core/config. Set-up and tests prepare it, so they may.
    files: ['{core,workflows,activities,api}/**/*.ts'],
    ignores: ['core/config/**', 'core/logging/**'],
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'env', message: 'Only core/config reads the environment.' },
      ],
      'no-console': 'error',
    },
  },
  {
    files: ['workflows/**/*.ts'],
    rules: {
      'no-restricted-globals': [
        'error',
        ...['process', 'fetch', 'require', 'crypto', 'performance'].map((name) => ({
          name,
          message: 'Workflow code is replayed and must not see the outside: use an activity.',
        })),
      ],
      'no-restricted-syntax': [
        'error',
        ...RESTRICTED_SYNTAX,
        {
          selector: ':matches(Program, Program > ExportNamedDeclaration) > VariableDeclaration[kind="let"]',
          message: 'All workflows of a process share their modules: keep state in the workflow function.',
        },
      ],
    },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unused-expressions': 'off',
    },
  },
  // Configuration files of tools export a default, because the tools ask for it.
  { files: ['*.config.{ts,mjs}'], rules: { 'no-restricted-syntax': 'off' } },
);

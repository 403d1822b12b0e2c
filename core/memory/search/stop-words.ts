const list = (words: string): ReadonlySet<string> => new Set(words.split(/\s+/).filter(Boolean));

/**
 * Portuguese words without meaning for a search, folded to plain letters: Snowball's list plus what chats add. They are
 * taken from the query, because the index removes accents before its own list is asked.
 */
const PORTUGUESE = list(
  `a ao aos aquela aquelas aquele aqueles aquilo as ate com como da das de dela delas dele deles depois do dos e ela elas
  ele eles em entre era eram essa essas esse esses esta estas estava estavam este esteja estejam estes esteve estive
  estou eu foi for foram fosse fossem fui ha haja hao havia hei houve isso isto ja la lhe lhes mais mas me mesmo meu meus
  minha minhas muito muita muitos muitas na nao nas nem no nos nossa nossas nosso nossos num numa o os ou para pela pelas
  pelo pelos por porque qual quais quando quanto quanta quantos quantas que quem se seja sejam sem sera serao seria seu
  seus so somos sou sua suas tambem te tem temos tenha tenho ter teria teu teus teve tinha tinham tive toda todas todo
  todos tua tuas tu um uma umas uns voce voces vos sao sobre onde aonde ai entao assim aqui ali ainda alguem algum alguma
  algo nada cada esses vai vou vamos ser estar
  vc vcs q pq pra pro pras pros ta to tava tao ne pois oi ola eh kkk rs rsrs tb tbm mto mt blz ok`,
);

/** English ones: Snowball's list, folded, without what the apostrophe leaves over. */
const ENGLISH = list(
  `i me my myself we our ours ourselves you your yours yourself he him his himself she her hers herself it its itself they
  them their theirs themselves what which who whom whose this that these those am is are was were be been being have has
  had having do does did doing a an the and but if or because as until while of at by for with about against between
  into through during before after above below to from up down in out on off over under again further then once here
  there when where why how all any both each few more most other some such no nor not only own same so than too very
  can will just should now would could may might s t d ll m re ve don didn doesn isn wasn won`,
);

const BOTH: ReadonlySet<string> = new Set([...PORTUGUESE, ...ENGLISH]);

/** Whether a query is English rather than Portuguese; when its words do not tell, it is not. */
export function isEnglish(words: readonly string[]): boolean {
  return stopWordsOf(words) === ENGLISH;
}

/** The stop words of the language that a query seems to be in; of both when its words do not tell. */
export function stopWordsOf(words: readonly string[]): ReadonlySet<string> {
  const portuguese = words.filter((word) => PORTUGUESE.has(word)).length;
  const english = words.filter((word) => ENGLISH.has(word)).length;
  if (portuguese === english) return BOTH;
  return portuguese > english ? PORTUGUESE : ENGLISH;
}

const SPELLING_GROUPS = [
  ['mensagem', 'msg'],
  ['pagamento', 'pgto', 'pagto'],
  ['hoje', 'hj'],
  ['amanha', 'amnh', 'amanh'],
  ['endereco', 'end'],
  ['telefone', 'tel', 'fone'],
  ['celular', 'cel'],
  ['whatsapp', 'whats', 'zap'],
  ['quarta', 'qua'],
  ['orcamento', 'orc'],
  ['documento', 'doc'],
  ['problema', 'prob'],
  ['obrigado', 'obg', 'obrigada'],
];

/** Chat spellings of a word, both ways. */
export const CHAT_SPELLINGS: ReadonlyMap<string, readonly string[]> = new Map(
  SPELLING_GROUPS.flatMap((group) => group.map((word) => [word, group] as const)),
);

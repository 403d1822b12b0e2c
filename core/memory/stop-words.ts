/**
 * Words without meaning for a search, folded to plain letters. The list is the Portuguese one of Snowball plus what
 * chats add; it is applied to the query because the index removes accents before its own list is asked.
 */
export const STOP_WORDS: ReadonlySet<string> = new Set(
  `a ao aos aquela aquelas aquele aqueles aquilo as ate com como da das de dela delas dele deles depois do dos e ela elas
  ele eles em entre era eram essa essas esse esses esta estas estava estavam este esteja estejam estes esteve estive
  estou eu foi for foram fosse fossem fui ha haja hao havia hei houve isso isto ja la lhe lhes mais mas me mesmo meu meus
  minha minhas muito muita muitos muitas na nao nas nem no nos nossa nossas nosso nossos num numa o os ou para pela pelas
  pelo pelos por porque qual quais quando quanto quanta quantos quantas que quem se seja sejam sem sera serao seria seu
  seus so somos sou sua suas tambem te tem temos tenha tenho ter teria teu teus teve tinha tinham tive toda todas todo
  todos tua tuas tu um uma umas uns voce voces vos sao sobre onde aonde ai entao assim aqui ali ainda alguem algum alguma
  algo nada cada esses vai vou vamos ser estar
  vc vcs q pq pra pro pras pros ta to tava tao ne pois oi ola eh kkk rs rsrs tb tbm mto mt blz ok
  the of and is are was were do does did what when where who which how to in on at it`
    .split(/\s+/)
    .filter(Boolean),
);

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

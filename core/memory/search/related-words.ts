import { foldWord } from './fold-word';
import { isEnglish } from './stop-words';

/**
 * Words that Brazilians use for the same matter when they buy, complain, pay or make an appointment, one group a line. A
 * question says "pagamento", the answer "fiz o pix". Chosen for any business, from what the tuning part of the chats misses.
 */
const GROUPS = `
pagar pagamento pix boleto cartao dinheiro parcela transferencia deposito debito entrada sinal vista fiado cheque
preco valor custo custar cobrar reais total orcamento taxa mensalidade diaria honorario salgado caro
parcelar parcela dividir vezes juros
desconto abatimento promocao gratis barato bolsa cupom off
reclamar reclamacao queixa critica problema ruim erro errado falta atraso estragar chato grosseira demora insatisfeito incomodo
defeito quebrar trincar rachar riscar mancha amassar torto falha piscar parar bolha vazar estrago dano danificar oxidar empenar
atraso atrasar demorar demora chegou
remedio medicamento comprimido capsula colirio pomada antibiotico dose receita gotas tomar
saude doenca doente gripe febre dengue dor alergia pressao diabetes cirurgia operar hernia artrose asma lesao joelho coluna
alergia alergico intolerante intolerancia restricao lactose gluten amendoim castanha vegano vegetariano evitar
dor doer incomodo queixa ardeu
filho filha crianca bebe menino menina garoto neto nene gravida afilhada
marido esposa esposo mulher namorado noivo noiva casal casado separar
mae pai familia irmao irma cunhado cunhada sogra sogro avo tio tia primo prima sobrinho sobrinha genro nora parente
animal bicho pet cachorro cao gato gata passaro papagaio calopsita peixe aquario golden
endereco rua avenida av travessa estrada bairro cep apto apartamento local mora morar morada mudei unidade andar sala galeria
onde local rua avenida unidade loja sala
telefone celular whatsapp fone ligar
email gmail hotmail outlook yahoo
horario hora abre fecha funcionamento turno manha noite cedo
prazo dias uteis pronto chega demora
entrega entregar enviar envio frete motoboy correio sedex transportadora receber caminhao
retirar buscar pegar retirada
trocar troca devolver devolucao substituir apertado
carro veiculo moto automovel caminhao garagem vaga estacionamento estacionar
trabalho profissao emprego trabalhar oficio cargo ocupacao plantao home office uber ifood designer advogado hospital escola dirigir
salario renda holerite ganhar
funcionario contratar estagiario equipe pessoal atendente
concorrente concorrencia outra oferecer claro shopping
cancelar cancelamento desistir trancar pausar congelar
convenio plano cobertura atender
seguro apolice franquia cobertura
medico doutor dr dra clinica
professor instrutor aula turma curso
estudar estudo curso faculdade aula disciplina prova
viagem viajar passeio ferias voo hotel praia
festa aniversario casamento comemorar comemoracao evento formatura noivar cha
comida cardapio refeicao alimento alimentar comer almoco cafe lanche dieta
sabor recheio morango chocolate
cor azul vermelho verde branco preto cinza amarelo rosa dourado marrom bege amadeirado
tamanho medida metros largura altura cm m2 uso visto
senha login acesso usuario
codigo protocolo localizador numero pedido reserva apolice chave
documento rg cpf cnh comprovante certidao identidade carteirinha atestado
empresa negocio cnpj firma
banco financiamento itau bradesco santander caixa nubank sicoob bv
aprovar liberar contemplar passar
resultado deu nota exame laudo
pessoas convidados adultos criancas
gostar amar adorar preferir querer escolher gostei ficou
preferir prefiro melhor depois
medo receio preocupar inseguro
dificuldade dificil travo consigo
objetivo meta querer quero precisar perder ganhar
motivo causa razao porque pq era
acidente batida bater cair queda colisao fechou
roubar roubo furtar furto assalto sumiu levaram
compensar compensacao ressarcir devolver abater credito gratis desculpa brinde bonus mimo desconto
consertar conserto arrumar reparar manutencao refazer servico trocar
causa vazamento cano rejunte entupido
indicar indicacao recomendar contato peguei conheco
peso pesar quilos kg gramas emagrecer engordar
internet wifi net mega velocidade fibra roteador
conta fatura boleto vencimento vence cobranca
imposto das tributo guia multa
imovel apartamento casa apto aluguel quartos
alugar aluguel locacao inquilino condominio
comprar compra pedir encomendar encomenda
marcar agendar combinar remarcar agenda visita consulta atendimento
faltar ausencia audiencia viagem
nome chamar chama
idade anos aniversario nascer nascimento meses
sintoma febre tosse tontura enjoo dor
vazamento infiltracao vazar pingar goteira molhar dreno
barulho som musica volume ruido festa
machucar lesao hernia torcao ralar fratura
falecer morrer morte velorio luto
gravida gravidez gestacao parto bebe semanas
contrato assinar termo
prometer garantir garantido prazo
esquecer perder achar deixar
exercicio treino musculacao academia hidro
idioma ingles lingua falar
sol sombra
tecnico instalador engenheiro encanador eletricista pedreiro marceneiro
roupa vestido peca blusa calca sapato sandalia
data dia periodo feriado
sintoma problema queixa sentir
restricao proibir permitir deixa libera
tipo modelo marca
estragar roer quebrar
obra reforma cozinha construcao
movel moveis mdf armario guarda
comentar elogiar elogio sugerir melhorar achar
internar internacao soro plantao
mudar mudanca alterar troca
produto item planilha estoque
aumento reajuste subir
sair voltar chegar
duvida pergunta
perigo perigoso seguro
limite maximo ate
cidade estado interior
piso porcelanato ceramica
receber recebe porteiro portao
`;

/** The shortest stem that is still a word of its own: "ver" would be the stem of everything. */
const LEAST_STEM = 3;
const SUFFIXES = [
  'amentos', 'amento', 'imento', 'acoes', 'acao', 'icao', 'coes', 'cao', 'oes', 'ao', 'antes', 'ante', 'ando', 'endo', 'indo',
  'aram', 'eram', 'iram', 'aria', 'ados', 'adas', 'idos', 'idas', 'ado', 'ada', 'ido', 'ida', 'ava', 'amos', 'emos', 'imos',
  'ou', 'ei', 'eu', 'iu', 'ar', 'er', 'ir', 'am', 'em', 'es', 'as', 'os', 's', 'a', 'e', 'o',
]; // prettier-ignore

/** Lighter than Snowball and without a database: only to look a word up here. */
function stem(word: string): string {
  const suffix = SUFFIXES.find((ending) => word.endsWith(ending) && word.length - ending.length >= LEAST_STEM);
  return suffix === undefined ? word : word.slice(0, -suffix.length);
}

const RELATED: ReadonlyMap<string, ReadonlySet<string>> = readGroups();

function readGroups(): Map<string, Set<string>> {
  const related = new Map<string, Set<string>>();
  for (const line of GROUPS.trim().split('\n')) {
    const words = line.split(' ').map(foldWord);
    for (const word of words) {
      const known = related.get(stem(word)) ?? new Set();
      words.forEach((other) => known.add(other));
      related.set(stem(word), known);
    }
  }
  return related;
}

/** Other words for the matter of a folded Portuguese word; none for a word that is not in the list. */
export function relatedWords(word: string): string[] {
  return [...(RELATED.get(stem(word)) ?? [])].filter((other) => other !== word);
}

interface AnswerHint {
  asks: RegExp;
  /** `#`: any number, amount or code. */
  words: readonly string[];
}

const words = (text: string): string[] => text.split(' ');

/** What the answer to a question of this form tends to hold, whatever it is about. */
const HINTS: readonly AnswerHint[] = [
  { asks: /\b(?:quant[oa]s?|qto|qnto|qnt|preco|valor|custa|custou|parcelas?|mensalidade)\b/, words: words('# reais r mil vezes') },
  {
    asks: /\b(?:quando|qdo|qnd|data|datas|dia|dias|horas?|horarios?|prazo|periodo)\b/,
    words: words(
      '# segunda terca quarta quinta sexta sabado domingo dia hoje amanha janeiro fevereiro marco abril maio junho julho agosto setembro outubro novembro dezembro h dias',
    ),
  },
  {
    asks: /\b(?:onde|endereco|local|lugar|mora|fica)\b/,
    words: words('rua r av avenida travessa estrada praca galeria loja sala apto andar unidade bairro centro km cep'),
  },
  {
    asks: /\b(?:numero|codigo|protocolo|senha|cnpj|cpf|placa|chave|localizador|telefone|grau|medida|tamanho|idade|anos|peso)\b/,
    words: words('#'),
  },
  { asks: /\b(?:por ?que|pq|motivo|causa|razao)\b/, words: words('porque pq pois entao precisa por causa preciso') },
  { asks: /\bquem\b/, words: words('dr dra dona seu professora tecnico minha meu nome') },
]; // prettier-ignore

/** Groups of words to prefer, by the form of a Portuguese question. */
export function answerHints(query: string): (readonly string[])[] {
  const folded = foldWord(query);
  if (isEnglish(folded.match(/[\p{L}\p{N}]+/gu) ?? [])) return [];
  return HINTS.filter(({ asks }) => asks.test(folded)).map((hint) => hint.words);
}

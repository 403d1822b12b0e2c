import type { Config } from '../config';

export type CheaperModels = Pick<Config, 'VERTEX_VISION_CHEAPER_MODEL' | 'OPENAI_LANGUAGE_CHEAPER_MODEL'>;

/**
 * The model that a provider is asked for instead while a budget is in the state `cheaper_model` or worse; undefined where
 * there is none, and the usual one goes on.
 */
export function cheaperModel(config: CheaperModels, operation: 'vision' | 'language', provider: string) {
  switch (`${operation} ${provider}`) {
    case 'vision vertex':
      return config.VERTEX_VISION_CHEAPER_MODEL;
    case 'language openai':
      return config.OPENAI_LANGUAGE_CHEAPER_MODEL;
    default:
      return undefined;
  }
}

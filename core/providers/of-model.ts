/** The provider with the model that was chosen for this call. */
export function ofModel<P extends { model: string; withModel?(model: string): P }>(provider: P, model: string): P {
  return model === provider.model ? provider : (provider.withModel?.(model) ?? provider);
}

const WORDS: Readonly<Record<string, string>> = {
  accuracy: 'Accuracy',
  precision: 'Precision',
  recall: 'Recall',
  f1: 'F1',
  roc_auc: 'ROC AUC',
  pr_auc: 'Average precision',
  log_loss: 'Log loss',
  brier: 'Brier score',
  calibration_error: 'Calibration error',
  mae: 'Mean absolute error',
  rmse: 'RMSE',
  mape: 'Mean absolute percentage error',
  r2: 'R²',
  demographic_parity: 'Share of positive decisions',
  equal_opportunity: 'Share of positive cases recognised',
  equalised_odds: 'Hits and false alarms',
};
export const metricName = (metric: string): string => WORDS[metric] ?? metric.replaceAll('_', ' ');

const SHARES = ['accuracy', 'precision', 'recall', 'f1', 'mape'];
/** Shares read in percent, the others as numbers. */
export const isShare = (metric: string): boolean => SHARES.includes(metric);

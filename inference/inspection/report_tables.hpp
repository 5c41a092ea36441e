#pragma once

// Tables and sentences that the report on a terminal and the one on a page share.

#include "inference/inspection/inspection.hpp"
#include "inference/inspection/table.hpp"

namespace adjoint {

/// "quickstart after 5 epochs".
std::string title(const Inspection& inspection);
/// Says for which input the table of layers is, and why.
std::string input_sentence(const Inspection& inspection);
/// One row a layer, a rule behind the latent one, the totals.
Table layer_table(const LayerReport& report);
/// Explains the columns of the layer table.
std::string layer_legend();
/// Describes the latent code; empty if the model names none.
std::string latent_sentence(const LayerReport& report);

/// The score of the checkerboard and its causes, in lines; or why there is no score.
std::string checkerboard_sentences(const Checkerboard& board);

/// "enc1 and dec1".
std::string title(const PairReport& pair);
/// Says how the two kernels compare: of one shape, tied, or why they cannot be compared.
std::string pair_sentence(const PairReport& pair);
/// Norms, cosines and spectra, before and after; no rows without weights.
Table pair_table(const Inspection& inspection, const PairReport& pair);
/// The measures of a pair over the epochs, one row an epoch; no rows where no epochs were looked
/// at.
Table history_table(const PairReport& pair);
/// Describes the best matching; empty where nothing was compared.
std::string matching_sentence(const PairReport& pair);
/// Norms and spectra of the kernels that belong to no pair; no rows if there are none.
Table other_kernels_table(const Inspection& inspection);

/// "12,345".
std::string with_commas(Index number);

}  // namespace adjoint

#include "models/keras/weight_reader.hpp"
#include "tests/fuzz/small_model.hpp"
#include "tests/fuzz/target.hpp"

// The weights in HDF5, by names and counted.
void adjoint::try_bytes(std::span<const std::uint8_t> bytes) {
  const TemporaryFile temporary(bytes);
  const Hdf5File file = Hdf5File::open_model(temporary.path());
  const auto layout = keras::weight_layout(file);
  if (!layout) return;
  const keras::StoredPart stored = keras::read_stored(file);
  keras::element_count(stored);
  const Model model = small_model();
  for (const WeightMatch match : {WeightMatch::by_name, WeightMatch::by_order}) {
    try {
      keras::weights_for(stored, *layout, model, match, "weights.h5");
    } catch (const InputError&) {
    }
  }
}

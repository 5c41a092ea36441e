#include "models/keras/model_reader.hpp"
#include "tests/fuzz/target.hpp"

// The description of a model: JSON.
void adjoint::try_bytes(std::span<const std::uint8_t> bytes) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const keras::Json model = keras::parse_json(text, "model_config");
  for (const bool keras3 : {false, true}) {
    try {
      keras::read_model(model, "model.h5", keras3);
    } catch (const InputError&) {
    }
  }
}

#include "train/commands/commands.hpp"

namespace adjoint {

std::vector<Command> all_commands() {
  return {
      new_command(),        train_command(),         evaluate_command(),     denoise_command(),
      upscale_command(),    reconstruct_command(),   encode_command(),       decode_command(),
      sample_command(),     interpolate_command(),   detect_command(),       data_list_command(),
      data_fetch_command(), data_describe_command(), data_preview_command(), data_make_command(),
      explain_command(),    inspect_command(),       report_command(),       compare_command(),
      import_command(),     export_command(),        reference_command(),    completion_command()};
}

}  // namespace adjoint

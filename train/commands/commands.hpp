#pragma once

// The commands of the program, one a file. To add one, write its file, with the function that gives
// its row, and name that function here and in commands.cpp.

#include <vector>

#include "train/program/command.hpp"

namespace adjoint {

Command new_command();
Command train_command();
Command evaluate_command();
Command denoise_command();
Command upscale_command();
Command reconstruct_command();
Command encode_command();
Command decode_command();
Command sample_command();
Command interpolate_command();
Command detect_command();
Command data_list_command();
Command data_fetch_command();
Command data_describe_command();
Command data_preview_command();
Command data_make_command();
Command explain_command();
Command inspect_command();
Command report_command();
Command compare_command();
Command import_command();
Command export_command();
Command reference_command();
Command completion_command();

/// All of them, in the order of the program's help.
std::vector<Command> all_commands();

}  // namespace adjoint

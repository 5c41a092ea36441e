#pragma once

// What pages take for granted: the files that their commands name and nothing on the page makes.
// A page that names another one needs a row in the table of given_files.cpp.

#include <filesystem>
#include <functional>
#include <string>

namespace adjoint {

/// Data sets of a few made images, under the names that the configs look for in $ADJOINT_DATA.
void write_small_data(const std::filesystem::path& folder);

/// Makes what commands name in a folder and is not there, but for what they write (-o, --out), and
/// the runs that they train. `shell` runs commands in the folder, with $NAME set.
using GivenShell = std::function<void(const std::string& commands, const std::string& name)>;
void make_given_files(const std::string& commands, const std::filesystem::path& folder,
                      const GivenShell& shell);

}  // namespace adjoint

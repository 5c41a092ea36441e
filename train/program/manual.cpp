#include "train/program/manual.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "train/commands/commands.hpp"

namespace adjoint {
namespace {

/// Text as roff shows it: dashes that can be copied, and no line that begins like a request.
std::string shown(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '\\') {
      result += "\\e";
    } else if (c == '-') {
      result += "\\-";
    } else {
      if ((c == '.' || c == '\'') && (result.empty() || result.back() == '\n')) result += "\\&";
      result += c;
    }
  }
  return result;
}

/// "o,out" as "-o, --out".
std::string dashed(std::string_view names) {
  std::string result;
  while (!names.empty()) {
    const std::size_t end = names.find(',');
    const std::string_view name = names.substr(0, end);
    result +=
        fmt::format("{}{}{}", result.empty() ? "" : ", ", name.size() == 1 ? "-" : "--", name);
    names.remove_prefix(end == std::string_view::npos ? names.size() : end + 1);
  }
  return result;
}

std::string section(const Command& command) {
  std::string text =
      fmt::format(".SS {} {}\n{}\n", shown(command.name), shown(command.usage), shown(command.doc));
  for (const Option& option : command.options) {
    text += fmt::format(
        ".TP\n\\fB{}\\fR{}{}\n{}{}\n", shown(shown_name(command, option)),
        option.value.empty() ? "" : " ", shown(option.value), shown(option.doc),
        option.fallback.empty() ? "" : fmt::format(" (default: {})", shown(option.fallback)));
  }
  text += fmt::format(".PP\nExample:\n.PP\n.nf\n    {}\n.fi\n", shown(command.example));
  return text;
}

}  // namespace

std::string shown_name(const Command& command, const Option& option) {
  const bool positional =
      std::ranges::find(command.positional, option.names) != command.positional.end();
  return positional ? option.names : dashed(option.names);
}

std::string manual_page() {
  std::string page = fmt::format(
      ".TH ADJOINT 1 \"\" \"adjoint {}\" \"User commands\"\n"
      ".SH NAME\nadjoint \\- trains convolutional autoencoders, and runs them on images\n"
      ".SH SYNOPSIS\n\\fBadjoint\\fR \\fICOMMAND\\fR [\\fIARGUMENT\\fR ...]\n"
      ".SH DESCRIPTION\n"
      "A model and its data are described in one TOML file. Training writes a folder with\n"
      "checkpoints, the history of its losses and pictures. The other commands denoise, "
      "reconstruct,\n"
      "compress or screen images with a trained model, and show what it learned.\n"
      "Results go to standard output and files, progress to standard error.\n"
      ".SH COMMANDS\n",
      ADJOINT_VERSION);
  for (const Command& command : all_commands()) page += section(command);
  page +=
      ".SH ENVIRONMENT\n.TP\n\\fBADJOINT_DATA\\fR\n"
      "A folder in which the images of a config are looked for, after the config's own, and to\n"
      "which data fetch downloads.\n"
      ".SH EXIT STATUS\n"
      ".TP\n0\nDone.\n"
      ".TP\n1\nFailed while running, or some images were left out, or standard output could not "
      "be\n"
      "written.\n"
      ".TP\n2\nBad usage or bad input.\n"
      ".TP\n130\nInterrupted.\n";
  return page;
}

}  // namespace adjoint

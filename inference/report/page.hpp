#pragma once

// A page that shows results and works alone: one HTML file that makes no request. page.html,
// page.css, charts.js and page.js are its parts; the program holds them. A page is a title, figures
// and sections of blocks, as JSON: page.js draws each kind of block. live.js keeps a page that a
// server sends up to date.

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace adjoint {

/// An HTML page of figures, charts, tables and pictures, in one file that makes no request.
class Page {
 public:
  using Json = nlohmann::ordered_json;

  explicit Page(std::string title, std::string subtitle = {})
      : title_(std::move(title)), subtitle_(std::move(subtitle)) {}

  /// A figure at the head of the page: a name, a value and a few words.
  void add_figure(const std::string& name, const std::string& value, const std::string& note = {});
  /// A section; nothing if it has no blocks (see blocks.hpp).
  void add_section(const std::string& title, std::vector<Json> blocks);
  /// The sections of another page, behind those that are there.
  void add_sections(const Page& page);

  /// The file. Texts may be any bytes: what is no UTF-8 is shown as U+FFFD, and nothing in them is
  /// taken for markup or script.
  std::string html() const;
  /// The page for a server: it asks that server, and nobody else, for `state` each second and draws
  /// itself anew from its `data` where that says so: see live.js.
  std::string live_html() const;
  /// What the page shows, as JSON of plain ASCII that can also stand in a script element.
  std::string data() const;

 private:
  std::string html_with(std::string_view requests, std::string_view live_script) const;

  std::string title_, subtitle_;
  std::vector<Json> figures_, sections_;
};

}  // namespace adjoint

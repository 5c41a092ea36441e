#include "inference/report/page.hpp"

#include <string_view>
#include <utility>

#include "framework/tensor/error.hpp"
#include "inference/inspection/table.hpp"
#include "inference/report/embedded.hpp"

namespace adjoint {
namespace {

/// JSON of plain ASCII that can stand in a script element: no "</script" or "<!--" in it.
std::string script_json(const Page::Json& data) {
  std::string text;
  for (const char c :
       data.dump(-1, ' ', /*ensure_ascii=*/true, Page::Json::error_handler_t::replace)) {
    if (c == '<') {
      text += "\\u003c";
    } else {
      text += c;
    }
  }
  return text;
}

/// A title's text as UTF-8, whatever its bytes.
std::string utf8(const std::string& text) {
  const Page::Json json = text;
  return Page::Json::parse(json.dump(-1, ' ', true, Page::Json::error_handler_t::replace))
      .get<std::string>();
}

}  // namespace

void Page::add_figure(const std::string& name, const std::string& value, const std::string& note) {
  figures_.push_back({{"name", name}, {"value", value}, {"note", note}});
}

void Page::add_section(const std::string& title, std::vector<Json> blocks) {
  if (blocks.empty()) return;
  sections_.push_back({{"title", title}, {"blocks", std::move(blocks)}});
}

void Page::add_sections(const Page& page) {
  sections_.insert(sections_.end(), page.sections_.begin(), page.sections_.end());
}

std::string Page::data() const {
  return script_json(
      {{"title", title_}, {"subtitle", subtitle_}, {"figures", figures_}, {"sections", sections_}});
}

std::string Page::html() const {
  return html_with("", "");
}

std::string Page::live_html() const {
  return html_with("; connect-src 'self'", live_js());
}

std::string Page::html_with(std::string_view requests, std::string_view live_script) const {
  const std::string data = this->data();
  const std::string title = html_escaped(utf8(title_));
  const std::string script =
      std::string(charts_js()) + std::string(page_js()) + std::string(live_script);
  const std::pair<std::string_view, std::string_view> parts[] = {
      {"{{requests}}", requests}, {"{{title}}", title},           {"{{style}}", page_css()},
      {"{{data}}", data},         {"{{library}}", plot_min_js()}, {"{{script}}", script}};
  // The marks stand in this order, and are looked for in page.html alone.
  std::string html;
  std::string_view rest = page_html();
  for (const auto& [mark, content] : parts) {
    const std::size_t at = rest.find(mark);
    if (at == std::string_view::npos) throw RunError("page.html has no {}", mark);
    html += rest.substr(0, at);
    html += content;
    rest.remove_prefix(at + mark.size());
  }
  return html += rest;
}

}  // namespace adjoint

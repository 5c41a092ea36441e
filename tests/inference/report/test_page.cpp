#include <gmock/gmock.h>

#include <limits>
#include <regex>

#include "inference/report/blocks.hpp"
#include "inference/report/detection_section.hpp"
#include "inference/report/page.hpp"
#include "inference/report/page_picture.hpp"
#include "tests/support/browser.hpp"

namespace adjoint {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

/// The data that a page holds.
nlohmann::json data_of(const std::string& html) {
  const std::string start = "id=\"data\">";
  const std::size_t from = html.find(start) + start.size();
  return nlohmann::json::parse(html.substr(from, html.find("</script>", from) - from));
}

TEST(Page, TakesNoTextForMarkup) {
  const std::string nasty = "</script><script>alert(1)</script><!-- \"&'";
  Page page(nasty, nasty);
  page.add_figure(nasty, nasty, nasty);
  page.add_section(nasty, {blocks::text(nasty), blocks::facts({{nasty, nasty}})});
  const std::string html = page.html();
  EXPECT_THAT(html, Not(HasSubstr("<script>alert")));
  EXPECT_THAT(html, HasSubstr("<title>&lt;/script&gt;&lt;script&gt;alert(1)"));
  const nlohmann::json data = data_of(html);
  EXPECT_EQ(data["title"], nasty);
  EXPECT_EQ(data["sections"][0]["blocks"][1]["facts"][0][1], nasty);
}

TEST(Page, ReplacesWhatIsNoUtf8) {
  const std::string html = Page(
                               "a\xff"
                               "b")
                               .html();
  EXPECT_EQ(data_of(html)["title"],
            "a\xef\xbf\xbd"
            "b");
}

TEST(Page, IsNotConfusedByItsOwnMarks) {
  Page page("{{data}} {{script}}");
  EXPECT_EQ(data_of(page.html())["title"], "{{data}} {{script}}");
}

TEST(Page, ForbidsRequests) {
  const std::string html = Page("empty").html();
  EXPECT_THAT(
      html,
      HasSubstr(
          "http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:;"));
  const std::regex outside("(src|href)=\"(https?:)?//", std::regex::icase);
  EXPECT_FALSE(std::regex_search(html, outside));
  EXPECT_THAT(html, HasSubstr("Copyright 2020-2025 Observable"));  // its licence asks for that
}

TEST(Page, WritesNumbersThatAreNotFiniteAsNull) {
  Page page("gaps");
  page.add_section(
      "Curves",
      {blocks::charts({{.title = "loss",
                        .x = "epoch",
                        .at = {1, 2},
                        .lines = {{"loss", {0.5, std::numeric_limits<double>::quiet_NaN()}}}}})});
  EXPECT_TRUE(data_of(page.html())["sections"][0]["blocks"][0]["charts"][0]["lines"][0]["values"][1]
                  .is_null());
}

TEST(PagePicture, MakesLargePicturesSmaller) {
  const Tensor pixels = make_tensor({200, 400, 1}, Real{0.5});
  const PagePicture whole = page_picture(view(pixels));
  EXPECT_EQ(whole.width, 400);
  EXPECT_THAT(whole.uri, HasSubstr("data:image/png;base64,iVBORw0KGgo"));  // a PNG's signature
  const PagePicture small = page_picture(view(pixels), 20'000);
  EXPECT_EQ(small.width, 200);
  EXPECT_EQ(small.height, 100);
}

TEST(PageInBrowser, DrawsLinesAndSaysTheirNumbers) {
  if (!has_browser()) GTEST_SKIP() << kNoBrowser;
  const TempFolder folder;
  Page page("<i>lines</i>");
  page.add_section("Curves",
                   {blocks::charts({{.title = "<b>loss</b>",
                                     .x = "epoch",
                                     .at = {1, 2, 3},
                                     .lines = {{"training", {3, 2, 1}}, {"validation", {4, 3, 2}}},
                                     .whole = true,
                                     .scales = true,
                                     .marked = LineChart::Mark{3, "best"}}})});
  const nlohmann::json answer = run_in_page(folder.write("page.html", page.html()), R"((() => {
    const plot = document.querySelector(".plot");
    const ticks = () => [...plot.querySelectorAll("[aria-label='y-axis tick label'] text")].map((text) => text.textContent);
    const linear = ticks();
    document.querySelector("input[type=checkbox]").click();
    return { heading: document.querySelector("h1").textContent, title: document.querySelector("h3").textContent,
      lines: plot.querySelectorAll("[aria-label=line] path").length, dots: plot.querySelectorAll("[aria-label=dot] circle").length,
      spoken: plot.getAttribute("aria-label"), changed: linear.join() !== ticks().join(),
      cells: [...document.querySelectorAll("details tbody tr:last-child td")].map((cell) => cell.textContent) };
  })())");
  EXPECT_EQ(answer["errors"], nlohmann::json::array());
  EXPECT_EQ(answer["requests"], nlohmann::json::array());
  const nlohmann::json& result = answer["result"];
  EXPECT_EQ(result["heading"], "<i>lines</i>");
  EXPECT_EQ(result["title"], "<b>loss</b>");
  EXPECT_EQ(result["lines"], 2);
  EXPECT_EQ(result["dots"], 6);
  EXPECT_EQ(result["spoken"],
            "<b>loss</b> over epoch: training from 3 to 1; validation from 4 to 2");
  EXPECT_EQ(result["changed"], true);
  EXPECT_THAT(result["cells"], ElementsAre("3", "1", "2"));
}

TEST(PageInBrowser, CountsImagesAboveTheThreshold) {
  if (!has_browser()) GTEST_SKIP() << kNoBrowser;
  const TempFolder folder;
  Page page("detection");
  DetectionScores scores{
      .threshold = 3.5, .false_alarms = 0.25, .calibrated_on = 4, .origin = "Some."};
  for (int i = 1; i <= 4; ++i)
    scores.images.push_back({"good " + std::to_string(i), static_cast<double>(i), false});
  scores.images.push_back({"bad 1", 3.75, true});
  scores.images.push_back({"bad 2", 5.0, true});
  scores.images.push_back({"unscorable", std::nullopt, true});
  add_detection(page, scores);
  const nlohmann::json answer = run_in_page(folder.write("page.html", page.html()), R"((() => {
    const slider = document.querySelector("input[type=range]"), said = document.querySelector("output");
    const move = (value) => { slider.value = value; slider.dispatchEvent(new Event("input")); return said.textContent; };
    return { first: said.textContent, least: move(slider.min), most: move(slider.max),
      back: (document.querySelector("button").click(), said.textContent),
      bars: document.querySelectorAll(".plot [aria-label=rect] rect").length,
      label: document.querySelector(`label[for="${slider.id}"]`).textContent };
  })())");
  EXPECT_EQ(answer["errors"], nlohmann::json::array());
  const nlohmann::json& result = answer["result"];
  const std::string first =
      "threshold 3.5; false-positive rate 25.0 % (1 of 4); detection rate 100.0 % (3 of 3)";
  EXPECT_EQ(result["first"], first);
  EXPECT_EQ(result["least"],
            "threshold 1; false-positive rate 75.0 % (3 of 4); detection rate 100.0 % (3 of 3)");
  EXPECT_EQ(result["most"],
            "threshold 5; false-positive rate 0.0 % (0 of 4); detection rate 33.3 % (1 of 3)");
  EXPECT_EQ(result["back"], first);
  EXPECT_GE(result["bars"], 5);
  EXPECT_EQ(result["label"], "threshold");
}

}  // namespace
}  // namespace adjoint

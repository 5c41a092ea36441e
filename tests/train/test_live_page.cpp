// The page of a running training in a browser.

#include <gmock/gmock.h>

#include "inference/report/blocks.hpp"
#include "inference/report/page_picture.hpp"
#include "tests/support/browser.hpp"
#include "train/serve/loopback.hpp"

namespace adjoint {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

/// The page of a run after some epochs.
Page page_after(int epochs) {
  Page page("run");
  page.add_figure("epochs", std::to_string(epochs), "of 9");
  LineChart loss{.title = "loss", .x = "epoch", .whole = true, .scales = true};
  LineChart::Line line{.name = "training"};
  auto pictures = Page::Json::array();
  for (int epoch = 1; epoch <= epochs; ++epoch) {
    loss.at.push_back(epoch);
    line.values.push_back(1.0 / epoch);
    const Tensor pixels = make_tensor({400, 40, 1}, static_cast<Real>(epoch) / 10);
    const PagePicture picture = page_picture(view(pixels));
    pictures.push_back({{"epoch", epoch}, {"uri", picture.uri}, {"note", ""}});
  }
  loss.lines.push_back(line);
  page.add_section("Training", {blocks::charts({loss})});
  page.add_section("Samples", {Page::Json{{"kind", "samples"},
                                          {"names", {"output", "target"}},
                                          {"epochs", pictures},
                                          {"width", 40},
                                          {"height", 400}}});
  page.add_section("Config", {blocks::code(std::string(4000, '\n') + "end", "Config")});
  return page;
}

std::string state(int version, bool ended = false) {
  return Page::Json{{"run", "1"},
                    {"version", version},
                    {"status", "epoch " + std::to_string(version)},
                    {"ended", ended}}
      .dump();
}

TEST(LivePage, ShowsAFurtherEpoch) {
  if (!has_browser()) GTEST_SKIP() << kNoBrowser;
  std::atomic<int> asked = 0;
  // The third time that the page asks, another epoch is over.
  const auto epoch = [&] { return asked < 3 ? 2 : 3; };
  const auto server = serve_pages(
      {{"/", [&] { return PageAnswer{.type = "text/html", .body = page_after(2).live_html()}; }},
       {"/state",
        [&] {
          ++asked;
          return PageAnswer{.type = "application/json", .body = state(epoch())};
        }},
       {"/data",
        [&] {
          return PageAnswer{.type = "application/json", .body = page_after(epoch()).data()};
        }}},
      0);
  const ServedPage page = open_address("http://127.0.0.1:" + std::to_string(server->port()) + "/");
  EXPECT_EQ(page.console, "");
  EXPECT_GE(asked, 3);
  EXPECT_THAT(page.dom, AllOf(HasSubstr(R"(<p class="live">epoch 3</p>)"),
                              HasSubstr("training from 1 to 0.33333"),
                              HasSubstr("<output for=\"epoch-"), HasSubstr(">epoch 3</output>")));
  EXPECT_THAT(page.dom, Not(HasSubstr(">epoch 2</output>")));
}

// The server's answers, which a page of a file cannot ask for.
constexpr const char* kServer = R"(<script>
let answers = ANSWERS, epoch = 0;
window.fetch = async (what) => ({ json: async () => {
  const { state, data } = answers[epoch];
  if (!state) throw new Error("gone");
  return what === "state" ? state : data;
} });
</script>)";

TEST(LivePage, KeepsWhatItsReaderHasChosen) {
  if (!has_browser()) GTEST_SKIP() << kNoBrowser;
  auto answers = nlohmann::json::array();
  for (const int epochs : {3, 4, 5}) {
    answers.push_back({{"state", nlohmann::json::parse(state(epochs))},
                       {"data", nlohmann::json::parse(page_after(epochs).data())}});
  }
  answers.push_back(nlohmann::json::object());
  std::string server = kServer, html = page_after(3).live_html();
  server.replace(server.find("ANSWERS"), 7, answers.dump());
  html.insert(html.find("<title>"), server);
  const TempFolder folder;
  const nlohmann::json answer = run_in_page(folder.write("page.html", html), R"((async () => {
    const wait = () => new Promise((done) => setTimeout(done, 1500));
    const one = (what) => document.querySelector(what);
    const look = () => ({ slider: Number(one(".samples input").value), most: Number(one(".samples input").max),
      said: one(".samples output").textContent, picture: one(".samples img").alt, open: one("details").open,
      logarithmic: one("input[type=checkbox]").checked, scroll: window.scrollY,
      focus: document.activeElement === one(".samples input"), rows: document.querySelectorAll("details tbody tr").length,
      config: one("pre") === config, sections: document.querySelectorAll("section").length,
      links: [...document.querySelectorAll("nav a")].every((link) => one(link.getAttribute("href"))),
      status: one(".live").textContent, title: document.title });
    const config = one("pre");
    await wait();
    const looks = [look()];
    epoch = 1; await wait();
    looks.push(look());
    one(".samples input").value = 1;
    one(".samples input").dispatchEvent(new Event("input"));
    one(".samples input").focus();
    one("input[type=checkbox]").click();
    one("details").open = true;
    window.scrollTo(0, 700);
    epoch = 2; await wait();
    looks.push(look());
    epoch = 3; await wait();
    looks.push(look());
    return looks;
  })())");
  EXPECT_EQ(answer["errors"], nlohmann::json::array());
  const nlohmann::json& looks = answer["result"];
  ASSERT_EQ(looks.size(), 4U);
  EXPECT_EQ(looks[0]["said"], "epoch 3");
  // Nothing chosen: the newest epoch.
  EXPECT_EQ(looks[1]["said"], "epoch 4");
  EXPECT_EQ(looks[1]["status"], "epoch 4");
  EXPECT_EQ(looks[1]["title"], "epoch 4 · run");
  const nlohmann::json& kept = looks[2];
  EXPECT_EQ(kept["said"], "epoch 2");
  EXPECT_EQ(kept["slider"], 1);
  EXPECT_EQ(kept["most"], 4);
  EXPECT_EQ(kept["rows"], 5);
  EXPECT_EQ(kept["open"], true);
  EXPECT_EQ(kept["logarithmic"], true);
  EXPECT_EQ(kept["scroll"], 700);
  EXPECT_EQ(kept["focus"], true);
  EXPECT_EQ(kept["config"], true);  // the same element
  EXPECT_EQ(kept["sections"], 3);
  EXPECT_EQ(kept["links"], true);
  EXPECT_THAT(looks[3]["status"].get<std::string>(), HasSubstr("does not answer any more"));
  EXPECT_EQ(looks[3]["said"], "epoch 2");
  EXPECT_EQ(looks[3]["title"], "run");
}

}  // namespace
}  // namespace adjoint

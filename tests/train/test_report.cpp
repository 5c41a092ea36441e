// The page of a run and of several, as a user makes and opens them.

#include "datasets/formats/npy.hpp"
#include "tests/support/browser.hpp"
#include "tests/train/program.hpp"

namespace adjoint {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class Reports : public Program {
 protected:
  Reports() { folder_.write("plain.toml", kPlainConfig); }

  ProgramRun train(const std::string& run, std::vector<std::string> more = {}) const {
    more.insert(more.begin(), {"train", "plain.toml", "--out", run});
    return adjoint_ok(std::move(more));
  }
  std::string text(const std::string& file) const { return contents(folder_ / file); }
  /// The data in a page.
  nlohmann::json page(const std::string& file) const {
    const std::string html = text(file), start = "id=\"data\">";
    const std::size_t from = html.find(start) + start.size();
    return nlohmann::json::parse(html.substr(from, html.find("</script>", from) - from));
  }
  static std::vector<std::string> titles(const nlohmann::json& page) {
    std::vector<std::string> titles;
    for (const auto& section : page["sections"]) titles.push_back(section["title"]);
    return titles;
  }
};

TEST_F(Reports, AreWrittenAtTheEndOfATraining) {
  const ProgramRun run = train("run");
  EXPECT_THAT(run.out, HasSubstr("report      run/report.html"));
  const nlohmann::json shown = page("run/report.html");
  EXPECT_EQ(shown["title"], "plain");
  EXPECT_THAT(titles(shown), ElementsAre("Training", "Samples", "Layers", "Symmetric pairs",
                                         "Kernels", "Latent space", "Config", "Reproduce"));
  EXPECT_LT(fs::file_size(folder_ / "run/report.html"), 2'000'000U);
  const std::string how = shown["sections"][7].dump();
  EXPECT_THAT(how, AllOf(HasSubstr("adjoint train plain.toml --out run"),
                         HasSubstr("48 images of 16x16x1 with the checksum")));
  const auto record = nlohmann::json::parse(text("run/training.json"));
  ASSERT_EQ(record["sessions"].size(), 1U);
  EXPECT_EQ(record["sessions"][0]["last_epoch"], 2);

  train("quiet", {"--no-report"});
  EXPECT_FALSE(fs::exists(folder_ / "quiet/report.html"));
}

TEST_F(Reports, RememberEachTimeThatTheTrainingWentOn) {
  train("run");
  adjoint_ok({"train", "run", "--resume", "--set", "training.epochs=3"});
  const auto record = nlohmann::json::parse(text("run/training.json"));
  ASSERT_EQ(record["sessions"].size(), 2U);
  EXPECT_EQ(record["sessions"][1]["first_epoch"], 3);
  EXPECT_EQ(record["sessions"][1]["command"], "adjoint train run --set training.epochs=3 --resume");
  train("run", {"--overwrite", "--no-report"});
  EXPECT_EQ(nlohmann::json::parse(text("run/training.json"))["sessions"].size(), 1U);
  EXPECT_FALSE(fs::exists(folder_ / "run/report.html"));  // it was the earlier run's
}

TEST_F(Reports, ThatCannotBeWrittenDoNotCostTheTraining) {
  train("run", {"--no-report"});
  fs::create_directories(folder_ / "run/report.html/in the way");
  const ProgramRun run = adjoint_ok({"train", "run", "--resume", "--set", "training.epochs=3"});
  EXPECT_THAT(run.err, AllOf(HasSubstr("warning: "), HasSubstr("report.html"),
                             HasSubstr("; adjoint report makes")));
  EXPECT_THAT(run.out, Not(HasSubstr("report.html")));
  EXPECT_THAT(text("run/history.csv"), HasSubstr("\n3,"));
}

TEST_F(Reports, SayWhatTheyCannotShow) {
  const Tensor images = some_images({20, 16, 16, 1});
  write_npy(folder_ / "images.npy", view(images));
  folder_.write("npy.toml", with(kPlainConfig, "source = \"synthetic\"\nsize = 16\ncount = 64\n",
                                 "source = \"npy\"\npath = \"images.npy\"\n"));
  adjoint_ok({"train", "npy.toml", "--out", "run"});
  fs::remove(folder_ / "images.npy");
  const nlohmann::json result = json_of({"report", "run", "-o", "page.html"});
  ASSERT_EQ(result["missing"].size(), 1U);
  EXPECT_THAT(result["missing"][0].get<std::string>(), HasSubstr("latent space: "));
  EXPECT_THAT(titles(page("page.html")), testing::Contains("Not shown"));
}

TEST_F(Reports, RefuseWhatIsNoRun) {
  EXPECT_THAT(message({"report", "plain.toml"}, 2), HasSubstr("plain.toml"));
  fs::create_directory(folder_ / "empty");
  EXPECT_THAT(message({"report", "empty"}, 2), HasSubstr("empty is a folder without best.h5"));
  train("run", {"--no-report"});
  EXPECT_THAT(message({"report", "run", "-o", "run/checkpoint.h5"}, 2), HasSubstr("checkpoint.h5"));
  EXPECT_THAT(message({"report", "run", "--detection", "empty"}, 2),
              AllOf(HasSubstr("detection.json is not there"), HasSubstr("adjoint detect")));
  EXPECT_THAT(message({"compare", "run"}, 2), HasSubstr("two runs or more"));
}

TEST_F(Reports, ShowTheScoresOfADetection) {
  train("run", {"--no-report"});
  const Tensor images = some_images({4, 16, 16, 1});
  write_npy(folder_ / "in.npy", view(images));
  folder_.write("labels.csv", "name,label\nin-00000,0\nin-00001,1\nin-00002,0\nin-00003,1\n");
  adjoint_ok({"detect", "run/best.h5", "in.npy", "-o", "found", "--false-alarms", "0.2", "--save",
              "--labels", "labels.csv"});
  // Without the folder: the scores of the images that were held out, which are defect-free.
  adjoint_ok({"report", "run"});
  nlohmann::json scores = page("run/report.html")["sections"][2]["blocks"][2];
  ASSERT_EQ(scores["kind"], "scores");
  ASSERT_EQ(scores["scores"].size(), 16U);
  int above = 0;
  for (const auto& image : scores["scores"]) {
    EXPECT_EQ(image["defective"], false);
    above += image["score"].get<double>() > scores["threshold"].get<double>() ? 1 : 0;
  }
  EXPECT_LE(above, 3);  // 0.2 of 16
  adjoint_ok({"report", "run", "--detection", "found"});
  const nlohmann::json blocks = page("run/report.html")["sections"][2]["blocks"];
  scores = blocks[2];
  ASSERT_EQ(scores["scores"].size(), 4U);
  EXPECT_EQ(scores["scores"][1]["defective"], true);
  EXPECT_EQ(blocks.back()["pictures"].size(), 4U);
}

TEST_F(Reports, ShowSignalsAsCurves) {
  std::string config = with(kPlainConfig, "size = 16\n", "style = \"signal\"\nsize = [1, 600]\n");
  config = with(config, "input = [0, 0, 1]", "input = [1, 0, 1]");
  for (int layer = 0; layer < 2; ++layer) {
    config = with(config, "kernel_size = 3", "kernel_size = [1, 9]");
    config = with(config, "strides = 2", "strides = [1, 2]");
  }
  folder_.write("signal.toml", config);
  adjoint_ok({"train", "signal.toml", "--out", "run"});
  const nlohmann::json samples = page("run/report.html")["sections"][1];
  EXPECT_EQ(samples["title"], "Samples");
  const nlohmann::json charts = samples["blocks"][1]["charts"];
  ASSERT_EQ(charts.size(), 4U);
  EXPECT_EQ(charts[0]["title"], "signal 1: the first 512 of 600 samples");
  ASSERT_EQ(charts[0]["lines"].size(), 3U);
  const char* names[] = {"output", "target", "input"};
  for (int line = 0; line < 3; ++line) {
    EXPECT_EQ(charts[0]["lines"][line]["name"], names[line]);
    EXPECT_EQ(charts[0]["lines"][line]["values"].size(), 512U);
  }
  EXPECT_NE(charts[0]["lines"][1]["values"], charts[0]["lines"][2]["values"]);
}

TEST_F(Reports, CompareRuns) {
  train("a");
  train("b", {"--set", "training.epochs=3", "--set", "model.layer.enc1.filters=6"});
  const ProgramRun run = adjoint_ok({"compare", "a", "b"});
  EXPECT_THAT(run.out,
              AllOf(HasSubstr("validation loss"), HasSubstr("training.epochs"),
                    HasSubstr("model.layer.enc1.filters"), HasSubstr("page  compare.html")));
  const nlohmann::json result = json_of({"compare", "a", "b", "-o", "other.html"});
  EXPECT_EQ(result["differences"], (nlohmann::json{{"training.epochs", {"2", "3"}},
                                                   {"model.layer.enc1.filters", {"4", "6"}}}));
  EXPECT_EQ(result["runs"][1]["epochs"], 3);
  EXPECT_EQ(result["runs"][0]["parameters"], 3 * 3 * 4 + 4 + 3 * 3 * 4 + 1);
  const auto history =
      nlohmann::json::parse(text("a/metrics.jsonl").substr(text("a/metrics.jsonl").find('\n')));
  EXPECT_EQ(result["runs"][0]["best"]["validation_loss"], history["validation_loss"]);
  const nlohmann::json charts = page("other.html")["sections"][1]["blocks"][0]["charts"];
  ASSERT_EQ(charts[0]["lines"].size(), 2U);
  EXPECT_EQ(charts[0]["at"].size(), 3U);
  EXPECT_TRUE(charts[0]["lines"][0]["values"][2].is_null());
}

TEST_F(Reports, CompareModelsThatDifferInALayer) {
  train("a", {"--no-report", "--set", "training.epochs=1"});
  folder_.write("more.toml",
                with(kPlainConfig, "[[model.layer]]\nname = \"dec1\"",
                     "[[model.layer]]\nname = \"drop\"\ntype = \"Dropout\"\nrate = 0.1\n"
                     "[[model.layer]]\nname = \"dec1\""));
  adjoint_ok({"train", "more.toml", "--out", "b", "--no-report", "--set", "training.epochs=1"});
  // The layer as a whole, and none of its keys.
  EXPECT_EQ(json_of({"compare", "a", "b"})["differences"],
            (nlohmann::json{{"model.layer.drop", {nullptr, "\"Dropout\""}}}));
}

/// What all pages must do: draw every plot, name every picture and control, fit a phone.
constexpr const char* kLook = R"((async () => {
  for (const fold of document.querySelectorAll("details")) fold.open = true;
  await new Promise((done) => setTimeout(done, 300));
  const marks = "[aria-label=line] path, [aria-label=dot] circle, [aria-label=rect] rect";
  const named = (control) => control.closest("label") || document.querySelector(`label[for="${control.id}"]`);
  const slider = document.querySelector(".samples input"), picture = document.querySelector(".samples img");
  const states = [];
  for (const value of slider ? [slider.min, slider.max] : []) {
    slider.value = value;
    slider.dispatchEvent(new Event("input"));
    states.push([picture.src.length > 100, picture.alt, document.querySelector(".samples output").textContent, picture.src]);
  }
  const chooser = document.querySelector(".latent input"), chosen = document.querySelector(".latent output");
  if (chooser) { chooser.value = 2; chooser.dispatchEvent(new Event("input")); }
  return { plots: document.querySelectorAll(".plot").length,
    empty: [...document.querySelectorAll(".plot")].filter((plot) => !plot.querySelector(marks)).map((plot) => plot.getAttribute("aria-label")),
    unnamed: [...document.images].filter((image) => !image.alt).length + [...document.querySelectorAll("input")].filter((input) => !named(input)).length,
    broken: [...document.images].filter((image) => !image.complete || !image.naturalWidth).length,
    states: states.map((state) => state.slice(0, 3)), moves: states.length < 2 || states[0][3] !== states[1][3],
    chosen: chosen && chosen.textContent, width: [innerWidth, document.documentElement.scrollWidth],
    targets: [...document.querySelectorAll("nav a")].filter((link) => !document.querySelector(link.getAttribute("href"))).length };
})())";

TEST_F(Reports, DrawTheirPagesInABrowser) {
  if (!has_browser()) GTEST_SKIP() << kNoBrowser;
  train("a");
  train("b", {"--no-report"});
  adjoint_ok({"compare", "a", "b"});
  for (const int width : {1200, 390}) {
    for (const std::string file : {"a/report.html", "compare.html"}) {
      SCOPED_TRACE(file + " in " + std::to_string(width));
      const nlohmann::json answer = run_in_page(folder_ / file, kLook, width);
      EXPECT_EQ(answer["errors"], nlohmann::json::array());
      EXPECT_EQ(answer["requests"], nlohmann::json::array());
      const nlohmann::json& look = answer["result"];
      EXPECT_GE(look["plots"], file == "compare.html" ? 5 : 8);
      EXPECT_EQ(look["empty"], nlohmann::json::array());
      EXPECT_EQ(look["unnamed"], 0);
      EXPECT_EQ(look["broken"], 0);
      EXPECT_EQ(look["targets"], 0);
      EXPECT_EQ(look["width"], (nlohmann::json{width, width}));
      if (file == "compare.html") continue;
      const std::string what = "input, output, target of validation images, ";
      EXPECT_EQ(look["states"], (nlohmann::json{{true, what + "epoch 1", "epoch 1"},
                                                {true, what + "epoch 2, best", "epoch 2, best"}}));
      EXPECT_EQ(look["moves"], true);
      EXPECT_EQ(look["chosen"], "00002");
    }
  }
}

}  // namespace
}  // namespace adjoint

// Training from a config, as `adjoint train` does.

#include <pybind11/functional.h>

#include "framework/conv/blas_threads.hpp"
#include "framework/parallel/ranks.hpp"
#include "framework/tensor/error.hpp"
#include "models/config/config_text.hpp"
#include "python/interruption.hpp"
#include "python/model.hpp"
#include "python/settings.hpp"
#include "train/begin_run.hpp"

namespace adjoint::python {
namespace {

namespace fs = std::filesystem;
using std::optional;

/// Names and values of one epoch, as a row of history.csv.
using Figures = std::vector<std::pair<std::string, double>>;

optional<double> figure(const Figures& figures, std::string_view name) {
  for (const auto& [column, value] : figures)
    if (column == name) return value;
  return std::nullopt;
}

py::dict dict_of(const Figures& figures) {
  py::dict dict;
  for (const auto& [column, value] : figures) dict[py::str(column)] = value;
  return dict;
}

/// What on_epoch is called with.
struct Epoch {
  EpochReport report;
  Figures metrics;
};

/// A training that has ended.
struct Run {
  RunFolder folder{""};
  std::string ending;
  Index epochs = 0;
  Index best_epoch = 0;
  History history;
  std::vector<std::string> notes;
  int threads = 0;
  ModelPtr model = nullptr;  // of the best epoch, once it was asked for
};

/// Calls back into Python, keeps what it raises, and then has the training end and save.
class Observer final : public TrainingObserver {
 public:
  Observer(const Trainer& trainer, const py::object& on_epoch)
      : trainer_(trainer), on_epoch_(on_epoch) {}

  void on_step(const StepReport&) override {
    keep([&] { interruption_.check(); });
  }

  void on_epoch(const EpochReport& report) override {
    if (on_epoch_.is_none() || failure_) return;
    keep([&] {
      const py::gil_scoped_acquire gil;
      const py::object answer = on_epoch_(Epoch{report, figures()});
      if (answer.is(py::bool_(false))) stop_ = true;
    });
  }

  void on_warning(const TrainingWarning& warning) override {
    keep([&] {
      const py::gil_scoped_acquire gil;
      warn(warning.text);
    });
  }

  const std::atomic<bool>& stop() const { return stop_; }
  std::exception_ptr failure() const { return failure_; }

 private:
  template <class Call>
  void keep(Call call) {
    try {
      call();
    } catch (...) {
      if (!failure_) failure_ = std::current_exception();
      stop_ = true;
    }
  }
  Figures figures() const {
    Figures figures;
    const History& history = trainer_.history();
    for (std::size_t c = 0; c < history.columns.size(); ++c)
      figures.emplace_back(history.columns[c], history.rows.back()[c]);
    return figures;
  }

  const Trainer& trainer_;
  const py::object& on_epoch_;
  Interruption interruption_;
  std::atomic<bool> stop_ = false;
  std::exception_ptr failure_;
};

/// The config of a dict or a text.
RunSource source_of_text(const std::string& text, const std::vector<std::string>& overrides) {
  Config config;
  config.name = "run";
  config.folder = fs::current_path();
  config.names_folder = true;
  parse_config(text, "config", overrides, config);
  fs::path folder = fs::path("runs") / config.name;
  return {std::move(config), std::move(folder)};
}

RunRequest request_of(const py::object& config, const py::object& overrides,
                      const py::object& out) {
  RunRequest request{.folder = RunFolder("")};
  const std::vector<std::string> texts = overrides_of(overrides, "overrides");
  if (py::isinstance<py::dict>(config)) {
    request.source = source_of_text(toml_of(config.cast<py::dict>()), texts);
  } else {
    if (!py::isinstance<py::str>(config) && !py::hasattr(config, "__fspath__")) {
      throw InputError("config: expected a path, TOML text or a dict, got {}", type_name(config));
    }
    const std::string text = path_of(config, "config");
    if (text.find('\n') != std::string::npos) {
      request.source = source_of_text(text, texts);
    } else {
      request.source = read_run_source(text, texts);
      request.config_file = text;
    }
  }
  request.folder =
      RunFolder(out.is_none() ? request.source.default_folder : fs::path(path_of(out, "out")));
  return request;
}

/// What a user should know of how the training begins.
std::vector<std::string> notes_of(const BegunRun& begun) {
  std::vector<std::string> notes = begun.changes;
  if (begun.level_warning) notes.push_back(*begun.level_warning);
  if (!begun.transfer) return notes;
  for (const std::string& name : begun.transfer->left) {
    notes.push_back(
        fmt::format("{}: initialized anew, {} does not have it in this shape", name, begun.from));
  }
  return notes;
}

[[noreturn]] void raise(const Observer& observer, const Trainer& trainer,
                        const RunRequest& request) {
  try {
    std::rethrow_exception(observer.failure());
  } catch (const py::error_already_set& error) {
    const py::gil_scoped_acquire gil;
    if (!error.matches(PyExc_KeyboardInterrupt)) throw;
    PyErr_SetString(
        PyExc_KeyboardInterrupt,
        fmt::format("stopped in epoch {}, after batch {}; saved to {}; go on with "
                    "adjoint.train(\"{}\", resume=True)",
                    trainer.progress().epoch + 1, trainer.progress().batch,
                    request.folder.checkpoint().string(), request.folder.checkpoint().string())
            .c_str());
    throw py::error_already_set();
  }
}

std::string ending_of(Trainer::Ending ending) {
  return ending == Trainer::Ending::finished        ? "finished"
         : ending == Trainer::Ending::stopped_early ? "stopped early"
                                                    : "stopped by on_epoch";
}

/// Without the GIL.
Run run_training(const RunRequest& request, const py::object& on_epoch, int threads) {
  ThreadPool pool(threads);
  BegunRun begun = begin_run(request, pool, alone(),
                             {.resume = "resume=True",
                              .overwrite = "overwrite=True",
                              .out = "out",
                              .from = "begin_from",
                              .white = "overrides={{\"data.white\": {}}}",
                              .serve = "serve",
                              .tensorboard = "tensorboard"});
  Trainer& trainer = *begun.trainer;
  std::vector<std::string> notes = notes_of(begun);
  {
    const py::gil_scoped_acquire gil;
    for (const std::string& note : notes) warn(note);
  }
  Observer observer(trainer, on_epoch);
  const Trainer::Ending ending = begun.train(observer, observer.stop());
  if (observer.failure()) raise(observer, trainer, request);
  for (const TrainingWarning& warning : trainer.warnings()) notes.push_back(warning.text);
  return {.folder = request.folder,
          .ending = ending_of(ending),
          .epochs = trainer.progress().epoch,
          .best_epoch = trainer.progress().best_epoch,
          .history = trainer.history(),
          .notes = std::move(notes),
          .threads = threads};
}

Run train(const py::object& config, const py::object& overrides, const py::object& out,
          const py::object& on_epoch, bool resume, bool overwrite, const py::object& begin_from,
          int threads, optional<int> serve, const py::object& tensorboard) {
  if (launched_rank()) {
    throw InputError(
        "adjoint.train() runs in one process, and mpirun started this as one of several; start "
        "`mpirun -n N adjoint train CONFIG` instead");
  }
  if (!on_epoch.is_none() && !PyCallable_Check(on_epoch.ptr())) {
    throw InputError("on_epoch: expected a function of one epoch, got {}",
                     std::string(py::repr(on_epoch)));
  }
  checked_threads(threads);
  RunRequest request = request_of(config, overrides, out);
  request.resume = resume;
  request.overwrite = overwrite;
  if (!begin_from.is_none()) request.from = path_of(begin_from, "begin_from");
  request.serve = serve.has_value();
  if (serve) request.port = parse_port(std::to_string(*serve), "serve");
  if (!tensorboard.is_none()) request.tensorboard = path_of(tensorboard, "tensorboard");
  const py::gil_scoped_release release;
  const SingleThreadedBlas blas;
  return run_training(request, on_epoch, threads);
}

ModelPtr best_model(Run& run) {
  if (!run.model)
    run.model = load(run.folder.path().string(), run.threads, ImageModel::kDefaultMemory);
  return run.model;
}

std::string epoch_text(const Epoch& epoch) {
  std::string text = fmt::format("epoch {}/{}  loss {:.5g}", epoch.report.epoch,
                                 epoch.report.epochs, epoch.report.loss);
  for (const auto& [name, value] : epoch.metrics)
    if (name.starts_with("validation_")) text += fmt::format("  {} {:.5g}", name, value);
  return text;
}

}  // namespace

void bind_training(py::module_& module) {
  py::class_<Epoch>(module, "Epoch", "An epoch that is over: what on_epoch is called with.")
      .def_property_readonly(
          "epoch", [](const Epoch& self) { return self.report.epoch; },
          "Number of the epoch, from 1.")
      .def_property_readonly(
          "epochs", [](const Epoch& self) { return self.report.epochs; },
          "Number of epochs that the config asks for.")
      .def_property_readonly(
          "loss", [](const Epoch& self) { return self.report.loss; },
          "Mean loss over the training images.")
      .def_property_readonly(
          "validation_loss",
          [](const Epoch& self) { return figure(self.metrics, "validation_loss"); },
          "Mean loss over the validation images, or None without any.")
      .def_property_readonly(
          "learning_rate", [](const Epoch& self) { return self.report.learning_rate; },
          "Learning rate of the epoch's last step.")
      .def_property_readonly(
          "seconds", [](const Epoch& self) { return self.report.seconds; },
          "Seconds of training so far, interruptions left out.")
      .def_property_readonly(
          "best", [](const Epoch& self) { return self.report.best; },
          "Whether no epoch before had as low a loss (of the validation images, "
          "where there are any).")
      .def_property_readonly(
          "metrics", [](const Epoch& self) { return dict_of(self.metrics); },
          "The row of history.csv as a dict: \"loss\", \"psnr\", "
          "\"validation_loss\", \"validation_psnr\" and others.")
      .def("__repr__", &epoch_text);

  py::class_<Run>(module, "Run", "A training that has ended, and the folder that holds it.")
      .def_property_readonly(
          "path", [](const Run& self) { return self.folder.path().string(); }, "Its folder.")
      .def_property_readonly(
          "best", [](const Run& self) { return self.folder.best().string(); },
          "The checkpoint with the lowest validation loss.")
      .def_property_readonly(
          "checkpoint", [](const Run& self) { return self.folder.checkpoint().string(); },
          "The last state, from which resume goes on.")
      .def_property_readonly("model", &best_model,
                             "The model of the best epoch, loaded when it is first asked for.")
      .def_property_readonly(
          "history", [](const Run& self) { return columns_of(self.history); },
          "The columns of history.csv as float64 arrays, one number an epoch.")
      .def_readonly("ending", &Run::ending,
                    "\"finished\", \"stopped early\" (training.patience) or \"stopped by "
                    "on_epoch\".")
      .def_readonly("epochs", &Run::epochs, "Epochs that are trained.")
      .def_readonly("best_epoch", &Run::best_epoch, "Counted from 1; 0: none.")
      .def_readonly("warnings", &Run::notes, "What its user should know, a sentence each.")
      .def("__repr__", [](const Run& self) {
        return fmt::format("<adjoint.Run \"{}\": {}, {} epochs, the best is {}>",
                           self.folder.path().string(), self.ending, self.epochs, self.best_epoch);
      });

  module.def("train", &train, py::arg("config"), py::kw_only(), py::arg("overrides") = py::none(),
             py::arg("out") = py::none(), py::arg("on_epoch") = py::none(),
             py::arg("resume") = false, py::arg("overwrite") = false,
             py::arg("begin_from") = py::none(), py::arg("threads") = 0,
             py::arg("serve") = py::none(), py::arg("tensorboard") = py::none(),
             R"(Trains the model that a config describes, and keeps everything in one run folder.

config: a path of a TOML file; a path of a run's folder or checkpoint, whose config is taken; TOML
    text (any str with a line break); or a dict of the same keys, such as {"data": {"source":
    "npy", "path": "images.npy"}, ...}. In a text or dict, relative paths begin in the present folder.
overrides: keys of the config to change: {"training.epochs": 2} or {"training": {"epochs": 2}}.
out: the run's folder; by default runs/NAME, or the folder of the run that goes on.
on_epoch: called with an Epoch after each; the training stops and saves if it returns False.
resume: go on from the run's checkpoint, to the same bits as without an interruption.
overwrite: remove the run that the folder holds, and begin anew.
begin_from: fine-tune: begin with the weights of this checkpoint that fit by name and shape.
threads: 0 means one for each processor. The weights' bits do not depend on it.
serve: a port: http://127.0.0.1:PORT/ shows the run in a browser of this machine while it trains.
tensorboard: a folder: losses, metrics, pictures and the model's graph are written there, too.

Returns a Run. Other Python threads run meanwhile. Ctrl-C ends the step under way, saves the
checkpoint and raises KeyboardInterrupt, whose text says how to go on; an exception of on_epoch ends
the training likewise, saved. Warns (UserWarning) of what a user should know.
Raises InputError if the config, the model and the data do not fit, all mistakes of a config at
once, or if the folder holds a run; RunError if the loss is no number or a file cannot be written.)");
}

}  // namespace adjoint::python

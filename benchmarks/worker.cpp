#include "benchmarks/worker.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sstream>

#include "framework/tensor/error.hpp"

extern char** environ;

namespace adjoint {
namespace {

std::vector<char*> pointers(std::vector<std::string>& strings) {
  std::vector<char*> list;
  for (std::string& string : strings) list.push_back(string.data());
  list.push_back(nullptr);
  return list;
}

}  // namespace

Worker::Worker(std::vector<std::string> command, std::vector<std::string> environment)
    : name_(command.at(0)) {
  int to[2], from[2];
  if (pipe2(to, O_CLOEXEC) != 0 || pipe2(from, O_CLOEXEC) != 0) throw RunError("no pipe");
  for (char** variable = environ; *variable; ++variable) environment.emplace_back(*variable);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, to[0], STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, from[1], STDOUT_FILENO);
  const int failed = posix_spawnp(&pid_, command[0].c_str(), &actions, nullptr,
                                  pointers(command).data(), pointers(environment).data());
  posix_spawn_file_actions_destroy(&actions);
  close(to[0]);
  close(from[1]);
  to_ = to[1];
  from_ = from[0];
  if (failed != 0) throw RunError("cannot start {}", name_);
  run(0.01);  // until it is warm
}

Worker::~Worker() {
  close(to_);
  close(from_);
  if (pid_ <= 0) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

Worker::Answer Worker::run(double seconds) {
  kill(pid_, SIGCONT);
  const std::string order = std::to_string(seconds) + "\n";
  std::string line;
  if (write(to_, order.data(), order.size()) == static_cast<ssize_t>(order.size())) {
    for (char c = 0; read(from_, &c, 1) == 1 && c != '\n';) line += c;
  }
  kill(pid_, SIGSTOP);
  Answer answer;
  double kib = 0;
  if (!(std::istringstream(line) >> answer.milliseconds >> kib)) {
    throw RunError("{} gave no time: \"{}\"", name_, line);
  }
  answer.peak_mib = kib / 1024;
  return answer;
}

}  // namespace adjoint

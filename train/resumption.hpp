#pragma once

#include "framework/schedules/training_time.hpp"
#include "train/config.hpp"

namespace adjoint {

/// Throws InputError, naming the first difference, unless a training with the saved config may go
/// on with the present one. Both are resolved; how long it should take, in what steps and with how
/// much memory may differ. `path` is the checkpoint's, for the message.
void check_goes_on(const Config& saved, const Config& now, const std::string& path);

/// Throws InputError likewise unless both configs train the same model in the same way: their
/// [detection] alone may differ.
void check_same_training(Config saved, const Config& now, const std::string& path);

/// Says what another number of epochs, learning rate or schedule does to a training resumed at
/// `time`, in sentences; none if it goes on as it would have.
std::vector<std::string> schedule_changes(const Config& before, const Config& now,
                                          TrainingTime time);

}  // namespace adjoint

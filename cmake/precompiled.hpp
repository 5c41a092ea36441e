// Headers of other libraries that most of our sources include, parsed once for all of them. None of
// ours stands here: touching one would compile everything again. Sources still include what they
// use, and CMAKE_DISABLE_PRECOMPILE_HEADERS builds without this file.
#pragma once

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>
#include <xtensor/xadapt.hpp>
#include <xtensor/xarray.hpp>

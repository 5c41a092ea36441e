#include <algorithm>
#include <array>
#include <cassert>

#include "models/pytorch/torch_layer.hpp"

namespace adjoint {
namespace {

struct PythonHelper {
  std::string_view name;
  std::string_view source;
};

constexpr std::array kPythonHelpers{
    PythonHelper{"same_padding", R"(def same_padding(x, kernel, stride, dilation=(1, 1)):
    """What F.pad adds for padding "same": the output has ceil(size / stride) pixels, and the odd
    row or column stands below or on the right."""
    sides = []
    for size, k, s, d in zip(reversed(x.shape[2:]), reversed(kernel), reversed(stride),
                             reversed(dilation)):
        total = max((-(-size // s) - 1) * s + d * (k - 1) + 1 - size, 0)
        sides += [total // 2, total - total // 2]
    return sides
)"},
    PythonHelper{"transposed_to", R"(def transposed_to(convolution, x, like, before=None):
    """Runs an nn.ConvTranspose2d without padding and cuts an image of the size of `like` out of
    what it gives. `before`: rows and columns that are skipped; None: those that "same" pads."""
    height, width = like.shape[2:]
    full = [(n - 1) * s + d * (k - 1) + 1
            for n, s, k, d in zip(x.shape[2:], convolution.stride, convolution.kernel_size,
                                  convolution.dilation)]
    if before is None:
        before = [max(f - n, 0) // 2 for f, n in zip(full, (height, width))]
    top, left = before
    y = convolution(x, output_size=[max(full[0], top + height), max(full[1], left + width)])
    return y[:, :, top:top + height, left:left + width]
)"},
    PythonHelper{"average_inside", R"(def average_inside(x, kernel, stride, sides):
    """Average pooling that divides by the pixels that a window has inside the image."""
    def total(values):
        return F.avg_pool2d(F.pad(values, sides), kernel, stride, divisor_override=1)
    return total(x) / total(torch.ones_like(x[:1, :1]))
)"},
    PythonHelper{"bicubic", R"(def bicubic(x, size):
    """Bicubic interpolation with a = -1/2 (Keys, 1981), as tf.image.resize does; F.interpolate
    takes a = -3/4. Pixels beyond the border have no weight."""
    def weights(extent, factor):
        at = (torch.arange(extent * factor, dtype=torch.float64) + 0.5) / factor - 0.5
        d = (at[:, None] - torch.arange(extent, dtype=torch.float64)).abs()
        near = (1.5 * d - 2.5) * d * d + 1
        far = ((-0.5 * d + 2.5) * d - 4) * d + 2
        w = torch.where(d < 1, near, torch.where(d < 2, far, torch.zeros_like(d)))
        return (w / w.sum(1, keepdim=True)).to(x)
    rows, columns = weights(x.shape[2], size[0]), weights(x.shape[3], size[1])
    return rows @ x @ columns.t()
)"},
    PythonHelper{"depth_to_space", R"(def depth_to_space(x, block):
    """Channel (i * block + j) * C + c becomes channel c of pixel (i, j) of a block; in
    nn.PixelShuffle it is channel (c * block + i) * block + j."""
    n, channels, height, width = x.shape
    x = x.reshape(n, block, block, channels // block ** 2, height, width)
    return x.permute(0, 3, 4, 1, 5, 2).reshape(n, -1, height * block, width * block)
)"},
    PythonHelper{"space_to_depth", R"(def space_to_depth(x, block):
    """Channel c of pixel (i, j) of a block becomes channel (i * block + j) * C + c; in
    nn.PixelUnshuffle it is channel (c * block + i) * block + j."""
    n, channels, height, width = x.shape
    x = x.reshape(n, channels, height // block, block, width // block, block)
    return x.permute(0, 3, 5, 1, 2, 4).reshape(n, -1, height // block, width // block)
)"},
    PythonHelper{"symmetric_padding", R"(def symmetric_padding(x, sides):
    """Mirrors an image about its edge, as "symmetric" of numpy.pad does."""
    def mirrored(extent, before, after):
        at = torch.arange(-before, extent + after, device=x.device) % (2 * extent)
        return torch.where(at < extent, at, 2 * extent - 1 - at)
    left, right, top, bottom = sides
    x = x.index_select(2, mirrored(x.shape[2], top, bottom))
    return x.index_select(3, mirrored(x.shape[3], left, right))
)"},
    PythonHelper{"first_maximum", R"(def first_maximum(x, *others):
    """The maximum; the gradient goes to the first of equal inputs."""
    for other in others:
        x = torch.where(x >= other, x, other)
    return x
)"},
    PythonHelper{"noisy", R"(def noisy(x, stddev, training):
    """Adds normal noise in training."""
    return x + stddev * torch.randn_like(x) if training else x
)"},
    PythonHelper{"sample", R"(def sample(mean, log_variance, training):
    """Draws a code in training, and takes the mean otherwise."""
    return mean + torch.exp(log_variance / 2) * torch.randn_like(mean) if training else mean
)"},
    PythonHelper{"SlopesBelowZero", R"(class SlopesBelowZero(nn.Module):
    """A ReLU that learns slopes below 0, not one for each channel as nn.PReLU."""

    def __init__(self, *shape):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(shape))

    def forward(self, x):
        return torch.where(x > 0, x, self.weight * x)
)"},
    PythonHelper{"FrozenBatchNorm", R"(class FrozenBatchNorm(nn.BatchNorm2d):
    """Normalizes by its moving averages and keeps them, in training too."""

    def forward(self, x):
        return F.batch_norm(x, self.running_mean, self.running_var, self.weight, self.bias,
                            False, 0.0, self.eps)
)"},
};

}  // namespace

std::string_view python_helper(std::string_view name) {
  const auto found = std::ranges::find(kPythonHelpers, name, &PythonHelper::name);
  assert(found != kPythonHelpers.end());
  return found->source;
}

}  // namespace adjoint

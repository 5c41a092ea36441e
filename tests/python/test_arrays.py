"""Arrays of images in and out: number types, shapes, orders in memory, and what is refused."""

import adjoint
import numpy as np
import pytest
from conftest import convolved

random = np.random.default_rng(1)
IMAGE = random.random((20, 30)).astype(np.float32)


def close(a, b, tolerance=1e-5):
    assert a.shape == b.shape
    assert np.abs(a.astype(np.float64) - b).max() <= tolerance


def test_floats_keep_shape_and_type(conv):
    expected = convolved(conv, IMAGE)
    for type in (np.float32, np.float64):
        result = conv.denoise(IMAGE.astype(type))
        assert result.dtype == type
        close(result, expected)
    close(conv.denoise(IMAGE[..., None]), expected[..., None])
    close(conv.denoise(IMAGE[None, ..., None]), expected[None, ..., None])


@pytest.mark.parametrize("type,white", [(np.uint8, 255), (np.uint16, 65535)])
def test_integers_are_scaled_rounded_and_clipped(conv, type, white):
    levels = (IMAGE * white).astype(type)
    result = conv.denoise(levels)
    assert result.dtype == type
    exact = np.clip(convolved(conv, levels / white), 0, 1) * white
    assert (exact > 0).any()
    assert np.abs(result - exact).max() <= 0.5 + white * 1e-6


def test_white_is_the_number_that_means_1(conv):
    levels = (IMAGE * 4095).astype(np.uint16)
    result = conv.denoise(levels, white=4095)
    exact = np.clip(convolved(conv, levels / 4095), 0, 1) * 4095
    assert np.abs(result - exact).max() <= 0.5 + 0.01
    close(conv.denoise(IMAGE * 100, white=100), 100 * convolved(conv, IMAGE), 1e-3)


def test_images_of_a_batch_are_independent(conv):
    batch = random.random((150, 9, 11, 1)).astype(np.float32)
    result = conv.denoise(batch)
    for i in (0, 1, 77, 149):
        close(result[i, ..., 0], convolved(conv, batch[i, ..., 0]))


def test_a_gray_model_takes_the_channels_of_a_colour_image(conv):
    image = random.random((12, 10, 3)).astype(np.float32)
    result = conv.denoise(image)
    for channel in range(3):
        close(result[..., channel], convolved(conv, image[..., channel]))


@pytest.mark.parametrize(
    "array",
    [IMAGE.T, IMAGE[::-1, ::2], np.asfortranarray(IMAGE), IMAGE.astype(">f4"),
     (IMAGE * 255).astype(np.uint8).T, (IMAGE * 65535).astype(">u2")],
    ids=["transposed", "strided", "fortran", "big-endian", "uint8 transposed", "uint16 big-endian"],
)
def test_any_order_in_memory_gives_the_same(conv, array):
    native = np.array(array, dtype=array.dtype.newbyteorder("="), order="C")
    assert np.array_equal(conv.denoise(array), conv.denoise(native))


def test_whatever_numpy_makes_an_array_of_is_taken(conv):
    close(conv.denoise(IMAGE.tolist()), convolved(conv, IMAGE))


def test_the_input_stays_as_it_is_and_the_result_is_new(conv):
    image = IMAGE.copy()
    result = conv.denoise(image)
    assert np.array_equal(image, IMAGE)
    assert result.flags.writeable and not np.shares_memory(result, image)
    image.flags.writeable = False
    assert np.array_equal(conv.denoise(image), result)


def test_no_image_gives_no_image(conv):
    assert conv.denoise(np.zeros((0, 8, 8, 1), np.uint8)).shape == (0, 8, 8, 1)


@pytest.mark.parametrize(
    "array,words",
    [
        (np.zeros(5, np.float32), "got an array of shape (5,)"),
        (np.zeros((1, 1, 1, 1, 1), np.float32), "(1, 1, 1, 1, 1)"),
        (np.zeros((10, 28, 28), np.float32), "a batch of gray images is x[..., None]"),
        (np.zeros((9, 9, 4), np.uint8), "got 4"),
        (np.zeros((0, 9), np.float32), "at least one pixel"),
        (np.zeros((9, 9), np.int64), "got int64; convert them with astype"),
        (np.zeros((9, 9), bool), "got bool"),
        ("photo.png", "got <U9"),
        ([[1.0, 2.0], [3.0]], "expected a NumPy array, got list"),
    ],
)
def test_what_is_no_image_is_refused(conv, array, words):
    with pytest.raises(adjoint.InputError) as error:
        conv.denoise(array)
    assert words in str(error.value)
    assert isinstance(error.value, ValueError) and isinstance(error.value, adjoint.Error)


def test_a_white_level_is_above_0(conv):
    with pytest.raises(adjoint.InputError, match="white: expected a number above 0, got -1"):
        conv.denoise(IMAGE, white=-1)


def test_values_far_from_0_to_1_are_warned_of(conv):
    with pytest.warns(UserWarning, match="white=255"):
        conv.denoise(IMAGE * 255)
    with pytest.warns(UserWarning, match="white=4095"):
        conv.denoise((IMAGE * 4095).astype(np.uint16))


def test_numbers_that_are_not_finite_stay_where_they_are_seen(conv):
    image = IMAGE.copy()
    image[4, 4] = np.nan
    result = conv.denoise(image)
    assert np.isnan(result[3:6, 3:6]).all()
    assert np.isfinite(result[:3]).all() and np.isfinite(result[:, 6:]).all()


@pytest.mark.parametrize(
    "name,image",
    [
        ("gray.png", (IMAGE * 255).astype(np.uint8)),
        ("gray16.png", (IMAGE * 65535).astype(np.uint16)),
        ("colour.ppm", random.integers(0, 256, (5, 7, 3), np.uint8)),
        ("float.tif", IMAGE),
    ],
)
def test_image_files_give_back_what_was_written(tmp_path, name, image):
    adjoint.write_image(tmp_path / name, image)
    result = adjoint.read_image(tmp_path / name)
    assert result.dtype == image.dtype and np.array_equal(result, image)


def test_files_that_are_no_images_are_refused(tmp_path):
    (tmp_path / "x.png").write_text("no image")
    with pytest.raises(adjoint.InputError, match="x.png"):
        adjoint.read_image(tmp_path / "x.png")
    with pytest.raises(adjoint.InputError, match="one image"):
        adjoint.write_image(tmp_path / "y.png", np.zeros((2, 3, 3, 1), np.uint8))
    with pytest.raises(adjoint.InputError):
        adjoint.write_image(tmp_path / "y.gif", IMAGE)
    with pytest.raises(adjoint.InputError, match="expected a str or a path, got int"):
        adjoint.read_image(3)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["x.png"]

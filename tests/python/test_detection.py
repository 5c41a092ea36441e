"""Detection: thresholds, scores and error maps against NumPy."""

import warnings

import adjoint
import numpy as np
import pytest
from conftest import CONVOLUTION, autoencoder, config, convolved

random = np.random.default_rng(3)
GOOD = random.random((30, 12, 16, 1)).astype(np.float32)
# The score is the mean absolute difference from the reconstruction.
MEAN = {"residual": "l1", "score": "mean", "smoothing": 0.0, "false_alarms": 0.1}


def residuals(model, images):
    return np.stack([np.abs(image[..., 0] - convolved(model, image[..., 0])) for image in images])


def conformal_threshold(scores, false_alarms):
    rank = int(np.ceil((len(scores) + 1) * (1 - false_alarms)))
    return np.sort(scores)[rank - 1]


def test_the_threshold_is_the_conformal_one(conv):
    calibration = conv.calibrate(GOOD, settings=MEAN)
    scores = residuals(conv, GOOD).mean(axis=(1, 2))
    assert calibration.images == 30
    assert calibration.threshold == pytest.approx(conformal_threshold(scores, 0.1), abs=1e-6)
    assert calibration.colour_scale == pytest.approx(residuals(conv, GOOD).max(), abs=1e-5)
    assert calibration.settings["false_alarms"] == 0.1
    assert repr(calibration) == (
        f"<adjoint.Calibration: threshold {calibration.threshold:.6g}, of 30 images>"
    )


def test_images_above_the_threshold_are_flagged(conv):
    calibration = conv.calibrate(GOOD, settings=MEAN)
    images = random.random((40, 12, 16, 1)).astype(np.float32)
    images[::2] = images[::2].round()  # of more contrast
    found = conv.detect(images, calibration=calibration)
    expected = residuals(conv, images)
    assert found.error_maps.shape == (40, 12, 16) and found.error_maps.dtype == np.float32
    assert np.abs(found.error_maps - expected).max() < 1e-5
    assert np.abs(found.scores - expected.mean(axis=(1, 2))).max() < 1e-6
    assert found.scores.dtype == np.float64 and found.flags.dtype == bool
    assert np.array_equal(found.flags, found.scores > calibration.threshold)
    assert 0 < found.flags.sum() < 40 and len(found) == 40
    assert found.threshold == calibration.threshold
    assert repr(found).startswith(f"<adjoint.Detection: {found.flags.sum()} of 40 images flagged")


def test_one_image_is_a_batch_of_one(conv):
    calibration = conv.calibrate(GOOD, settings=MEAN)
    found = conv.detect((GOOD[0, ..., 0] * 255).astype(np.uint8), calibration=calibration)
    assert found.scores.shape == found.flags.shape == (1,)
    assert found.error_maps.shape == (1, 12, 16)


def test_an_image_without_a_score_is_flagged(conv):
    calibration = conv.calibrate(GOOD, settings=MEAN)
    images = GOOD[:2].copy()
    images[1, 3, 3] = np.nan
    with pytest.warns(UserWarning, match="^1 of 2 images have no finite score and are flagged"):
        found = conv.detect(images, calibration=calibration)
    assert np.isfinite(found.scores[0]) and np.isnan(found.scores[1]) and found.flags[1]


def test_the_calibration_of_the_config_is_kept_beside_the_checkpoint(tmp_path):
    run = adjoint.train(autoencoder(detection=MEAN), out=tmp_path / "run")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        calibration = run.model.calibrate()
    assert calibration.images == 32  # the validation images
    assert (tmp_path / "run/best.calibration.toml").is_file()
    assert adjoint.load(run.path).calibrate().threshold == calibration.threshold
    # Other settings are a trial, which changes nothing.
    before = (tmp_path / "run/best.calibration.toml").read_bytes()
    other = run.model.calibrate(settings={"residual": "squared"})
    assert other.settings["residual"] == "squared" and other.threshold != calibration.threshold
    assert (tmp_path / "run/best.calibration.toml").read_bytes() == before
    assert run.model.detect(np.zeros((16, 16), np.float32)).threshold == calibration.threshold


@pytest.mark.parametrize(
    "settings,words",
    [
        ({"margn": 3}, 'unknown key "margn"; did you mean "margin"'),
        ({"margin": "wide"}, "margin"),
        ({"false_alarms": 0.001}, "takes at least 999 defect-free images"),
        (["margin"], "settings: expected a dict, got list"),
        ({"margin": None}, "got None; leave the key out"),
    ],
)
def test_settings_that_make_no_sense_are_refused(conv, settings, words):
    with pytest.raises(adjoint.InputError) as error:
        conv.calibrate(GOOD, settings=settings)
    assert words in str(error.value)


def test_without_held_out_images_some_must_be_given(tmp_path):
    data = {"source": "synthetic", "size": 16, "count": 32, "validation": 0.0}
    model = adjoint.train(config(CONVOLUTION, data=data), out=tmp_path / "run").model
    with pytest.raises(adjoint.InputError, match="holds out no validation data"):
        model.detect(GOOD)
    assert len(model.detect(GOOD, calibration=model.calibrate(GOOD))) == 30

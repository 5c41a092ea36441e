#pragma once

// Layers that join two or more inputs of one shape, element by element.

#include "framework/layers/layer.hpp"
#include "framework/pointwise/fold.hpp"

namespace adjoint {

/// Common base. Each layer says how inputs are joined, and how the gradient goes back.
class Merge : public Layer {
 public:
  Merge(std::string_view type, Fold operation) : type_(type), operation_(operation) {}
  std::string_view type() const override { return type_; }
  /// Throws InputError if the shapes differ.
  Shape output_shape(const LayerShapes& shapes) const override;
  bool fuses_activation() const override { return true; }
  void forward(const ForwardPass& pass) const override {
    fold(operation_, pass.inputs, pass.output, pass.activation);
  }
  void backward(const BackwardPass& pass) const final {
    epilogue_gradient(pass, /*use_bias=*/false);
    split_gradient(pass);
  }

 private:
  /// Gives each input its part of the gradient before the activation.
  virtual void split_gradient(const BackwardPass& pass) const = 0;

  std::string_view type_;
  Fold operation_;
};

/// The sum.
class Add final : public Merge {
 public:
  Add() : Merge("Add", Fold::sum) {}
  bool runs_in_place(std::size_t) const override { return true; }

 private:
  void split_gradient(const BackwardPass& pass) const override;
};

/// The first of two inputs minus the second.
class Subtract final : public Merge {
 public:
  Subtract() : Merge("Subtract", Fold::difference) {}
  bool runs_in_place(std::size_t) const override { return true; }

 private:
  void split_gradient(const BackwardPass& pass) const override;
};

/// The product.
class Multiply final : public Merge {
 public:
  Multiply() : Merge("Multiply", Fold::product) {}
  BackwardNeeds backward_needs() const override { return {.inputs = true}; }

 private:
  void split_gradient(const BackwardPass& pass) const override;
};

/// The mean.
class Average final : public Merge {
 public:
  Average() : Merge("Average", Fold::sum) {}
  void forward(const ForwardPass& pass) const override;

 private:
  void split_gradient(const BackwardPass& pass) const override;
};

/// The maximum. The gradient goes to the first of equal maxima, as in TensorFlow.
class Maximum final : public Merge {
 public:
  Maximum() : Merge("Maximum", Fold::maximum) {}
  BackwardNeeds backward_needs() const override { return {.inputs = true}; }

 private:
  void split_gradient(const BackwardPass& pass) const override {
    maximum_gradient(pass.inputs, pass.output_gradient, pass.input_gradients);
  }
};

}  // namespace adjoint

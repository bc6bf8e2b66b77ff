"""What the networks are trained to make small: pure functions over tensors."""

import math

import torch
from torch import Tensor
from torch.nn import functional


def corn_probabilities(logits: Tensor) -> Tensor:
    """Turn conditional logits into grade probabilities.

    Parameters
    ----------
    logits
        (..., grades - 1): logit k is that of "above k, given at least k".

    Returns
    -------
    (..., grades), summing to 1.

    References
    ----------
    Shi, Cao and Raschka, "Deep neural networks for rank-consistent ordinal regression based on
    conditional probabilities", 2021, arXiv 2111.08851.
    """
    above = torch.cumprod(torch.sigmoid(logits), dim=-1)
    one = torch.ones_like(above[..., :1])
    zero = torch.zeros_like(one)
    return torch.cat([one, above], dim=-1) - torch.cat([above, zero], dim=-1)


def corn_loss(logits: Tensor, grades: Tensor) -> Tensor:
    """Mean conditional cross-entropy over the rank tests that apply.

    Parameters
    ----------
    logits
        (..., grades - 1).
    grades
        Integer grades of shape (...); negative where not assessed, which are left out.

    Returns
    -------
    Scalar; 0 when nothing is assessed.
    """
    ranks = torch.arange(logits.shape[-1], device=logits.device)
    applies = grades[..., None] >= ranks
    above = (grades[..., None] > ranks).to(logits.dtype)
    each = functional.binary_cross_entropy_with_logits(logits, above, reduction="none")
    counts = applies.reshape(-1, applies.shape[-1]).sum(0).clamp(min=1)
    return ((each * applies).reshape(-1, applies.shape[-1]).sum(0) / counts).mean()


def rank_n_contrast(embeddings: Tensor, labels: Tensor, temperature: float = 2.0) -> Tensor:
    """Order embedding distances as label distances are ordered.

    For anchor i and every other j, the negatives are all k whose label is at least as far from
    the anchor's as that of j: ``S_ij = {k != i : |y_i - y_k| >= |y_i - y_j|}``; the loss is the
    mean of ``-log(exp(s_ij / t) / sum over S_ij of exp(s_ik / t))``, s the negative Euclidean
    distance.

    Parameters
    ----------
    embeddings
        (n, features), two views of a film as two rows.
    labels
        (n,) scores.
    temperature
        t above.

    Returns
    -------
    Scalar, 0 or above.

    Raises
    ------
    ValueError
        Fewer than two rows.

    Notes
    -----
    O(n^2 log n): sorted by label distance, the denominators are one cumulative log-sum-exp from
    the far end, read at the end of each group of ties.

    References
    ----------
    Zha et al., "Rank-N-Contrast", NeurIPS 2023, arXiv 2210.01189.
    """
    count = len(labels)
    if count < 2:  # noqa: PLR2004 - a pair
        raise ValueError(f"rank_n_contrast needs two rows or more, got {count}")
    others = ~torch.eye(count, dtype=torch.bool, device=labels.device)
    squared = (embeddings[:, None] - embeddings[None]).square().sum(-1)
    distance = squared[others].clamp(min=1e-12).sqrt().reshape(count, count - 1)
    apart = (labels[:, None] - labels[None]).abs()[others].reshape(count, count - 1)
    nearer, order = torch.sort(-apart, dim=1, stable=True)  # farthest first
    logits = torch.gather(-distance / temperature, 1, order)
    so_far = torch.logcumsumexp(logits, dim=1)
    last_tie = torch.searchsorted(nearer.contiguous(), nearer.contiguous(), right=True) - 1
    return (torch.gather(so_far, 1, last_tie) - logits).mean()


def soft_argmax(heatmaps: Tensor) -> tuple[Tensor, Tensor]:
    """Read coordinates off heat maps.

    Parameters
    ----------
    heatmaps
        Logits (batch, points, rows, columns).

    Returns
    -------
    Expected (row, column) in map pixels, shape (batch, points, 2), and the probability maps.
    """
    batch, points, rows, columns = heatmaps.shape
    maps = heatmaps.flatten(2).softmax(-1).reshape(batch, points, rows, columns)
    row = torch.arange(rows, device=maps.device, dtype=maps.dtype)
    column = torch.arange(columns, device=maps.device, dtype=maps.dtype)
    place = torch.stack([(maps.sum(3) * row).sum(-1), (maps.sum(2) * column).sum(-1)], dim=-1)
    return place, maps


def landmark_loss(heatmaps: Tensor, places: Tensor, visible: Tensor, sigma: float = 1.0) -> Tensor:
    """Cross-entropy to a Gaussian target plus the distance of the read-out.

    Parameters
    ----------
    heatmaps
        Logits (batch, points, rows, columns).
    places
        True (row, column) in map pixels, (batch, points, 2).
    visible
        (batch, points); a point that is not visible costs nothing.
    sigma
        Width of the target in map pixels.

    Returns
    -------
    Scalar; 0 when nothing is visible.
    """
    batch, points, rows, columns = heatmaps.shape
    row = torch.arange(rows, device=heatmaps.device) - places[..., :1]
    column = torch.arange(columns, device=heatmaps.device) - places[..., 1:]
    target = (
        torch.softmax(-row.square() / (2 * sigma**2), -1)[..., :, None]
        * torch.softmax(-column.square() / (2 * sigma**2), -1)[..., None, :]
    )
    log_maps = heatmaps.flatten(2).log_softmax(-1).reshape(batch, points, rows, columns)
    surprise = -(target * log_maps).sum((2, 3))
    found, _ = soft_argmax(heatmaps)
    distance = functional.smooth_l1_loss(found, places, reduction="none").sum(-1)
    weight = visible.to(heatmaps.dtype)
    each = surprise / math.log(rows * columns) + 0.3 * distance
    return (each * weight).sum() / weight.sum().clamp(min=1)


def mask_loss(logits: Tensor, masks: Tensor, known: Tensor) -> Tensor:
    """Cross-entropy plus Dice, over the films whose masks are known, (batch, kinds) each."""
    each = functional.binary_cross_entropy_with_logits(logits, masks, reduction="none").mean((2, 3))
    share = torch.sigmoid(logits)
    overlap = 2 * (share * masks).sum((2, 3)) + 1
    dice = 1 - overlap / (share.sum((2, 3)) + masks.sum((2, 3)) + 1)
    weight = known.to(logits.dtype)
    return ((each + dice) * weight).sum() / weight.sum().clamp(min=1)


def wall_loss(attention: Tensor, columns: Tensor) -> Tensor:
    """Distance between the attended column and the wall, where the wall is known.

    Parameters
    ----------
    attention
        Weights over columns (batch, walls, rows, columns), summing to 1 a row.
    columns
        True column as a share of the width, 0 to 1, (batch, walls, rows); NaN where unknown.

    Returns
    -------
    Scalar; 0 when no wall is known.
    """
    width = attention.shape[-1]
    place = torch.arange(width, device=attention.device, dtype=attention.dtype) / (width - 1)
    known = torch.isfinite(columns)
    truth = torch.where(known, columns, torch.zeros_like(columns))
    gap = (place - truth[..., None]) * width
    target = torch.softmax(-gap.square() / 2, dim=-1)
    surprise = -(target * attention.clamp(min=1e-6).log()).sum(-1)
    return (surprise * known).sum() / known.sum().clamp(min=1)


def presence_loss(presence: Tensor, calcified: Tensor) -> Tensor:
    """Cross-entropy of calcium place by place, where it was traced.

    Parameters
    ----------
    presence
        Probability of calcium, any shape.
    calcified
        Calcified share of that place, 0 to 1, same shape; NaN where unknown.

    Returns
    -------
    Scalar; 0 when nothing was traced.
    """
    known = torch.isfinite(calcified)
    truth = torch.where(known, calcified, torch.zeros_like(calcified))
    chance = presence.clamp(1e-6, 1 - 1e-6)
    each = -(truth * chance.log() + (1 - truth) * (1 - chance).log())
    return (each * known).sum() / known.sum().clamp(min=1)


def share_loss(share: Tensor, grades: Tensor) -> Tensor:
    """How far a calcified share lies outside the thirds that its grade allows.

    Parameters
    ----------
    share
        (batch, levels, walls), 0 to 1.
    grades
        Integer grades of the same shape, negative where not assessed.
    """
    low = torch.tensor([0.0, 0.02, 1 / 3, 2 / 3], device=share.device)[grades.clamp(min=0)]
    high = torch.tensor([0.0, 1 / 3, 2 / 3, 1.0], device=share.device)[grades.clamp(min=0)]
    outside = functional.relu(low - share) + functional.relu(share - high)
    known = (grades >= 0).to(share.dtype)
    return (outside * known).sum() / known.sum().clamp(min=1)


def total_loss(expected: Tensor, grades: Tensor, total: Tensor) -> Tensor:
    """Smooth absolute error of the summed grades, films without a total left out.

    Parameters
    ----------
    expected
        Expected grades (batch, levels, walls).
    grades
        Integer grades of that shape, negative where not assessed.
    total
        (batch,), NaN where unknown.
    """
    known = torch.isfinite(total)
    truth = torch.where(known, total, torch.zeros_like(total))
    each = functional.smooth_l1_loss(expected.sum((1, 2)), truth, reduction="none")
    graded = (grades >= 0).any(dim=1).any(dim=1)
    weight = known.to(expected.dtype) * torch.where(graded, 1.0, 2.0)
    return (each * weight).sum() / weight.sum().clamp(min=1)

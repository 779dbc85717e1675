import { ProductCreated, ProductUpdated, type Id, type Money, type ProductState } from '@voronka/contracts';
import { changesBetween, CrmRecord, type DomainEvent } from '@voronka/service-kit/record';
import { Column, Entity } from 'typeorm';

export interface ProductContent {
  readonly name: string;
  readonly series: string | null;
  /** The list price of one, where there is one. */
  readonly price: Money | null;
}

/** What is sold: an entry of the catalogue. It is never deleted, because deals speak of it; it is withdrawn from sale. */
@Entity('product')
export class Product extends CrmRecord<ProductState> {
  @Column('text') name: string;
  @Column('text', { nullable: true }) series: string | null;
  @Column('bigint', { nullable: true }) amount: number | null;
  @Column('text', { nullable: true }) currency: string | null;
  @Column('boolean') active: boolean;

  static list(id: Id, content: ProductContent, by: Id, now: Date): DomainEvent[] {
    const product = CrmRecord.born(Product, id, by, now);
    product.name = content.name;
    product.series = content.series;
    product.active = true;
    product.setPrice(content.price);
    return [product.say(ProductCreated, {}, now)];
  }

  state(): ProductState {
    const { id, name, series, amount, currency, active } = this;
    return { id, name, series, amount, currency, active };
  }

  get price(): Money | null {
    return this.amount === null || this.currency === null ? null : { amount: this.amount, currency: this.currency };
  }

  /** What is left out stays. Deals keep the prices they were made with. */
  change(patch: Partial<ProductContent & { active: boolean }>, now: Date): DomainEvent[] {
    const before = this.state();
    if (patch.name !== undefined) this.name = patch.name;
    if (patch.series !== undefined) this.series = patch.series;
    if (patch.price !== undefined) this.setPrice(patch.price);
    if (patch.active !== undefined) this.active = patch.active;
    return changesBetween(before, this.state()) ? [this.say(ProductUpdated, {}, now)] : [];
  }

  private setPrice(price: Money | null): void {
    this.amount = price?.amount ?? null;
    this.currency = price?.currency ?? null;
  }
}

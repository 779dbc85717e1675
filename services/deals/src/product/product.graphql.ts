import { Directive, Field, ID, InputType, ObjectType } from '@nestjs/graphql';
import { connectionOf, MoneyInput, MoneyType, RecordFields, reference, type Reference } from '@voronka/service-kit';
import { UserRef } from '../references.graphql.js';
import type { Product } from './product.js';

@ObjectType('Product', { description: 'What is sold: an entry of the catalogue.' })
@Directive('@key(fields: "id")')
export class ProductType extends RecordFields {
  @Field(() => String, { description: 'Its name.' }) name: string;
  @Field(() => String, { nullable: true, description: 'The series it belongs to.' }) series: string | null;
  @Field(() => MoneyType, { nullable: true, description: 'The list price of one.' }) price: MoneyType | null;
  @Field(() => Boolean, { description: 'Whether it is for sale.' }) active: boolean;
  @Field(() => UserRef, { nullable: true, description: 'Who entered it.' }) createdBy: Reference<'User'> | null;
}

export const ProductConnection = connectionOf(ProductType, 'Product');

export function showProduct(product: Product): ProductType {
  const { id, version, name, series, price, active, createdAt, updatedAt, createdBy } = product;
  return { id, version, name, series, price, active, createdAt, updatedAt, createdBy: reference('User', createdBy) };
}

@InputType({ isAbstract: true, description: 'What is said of a product.' })
class ProductContentInput {
  @Field(() => String, { description: 'Its name, 1 to 200 characters.' }) name: string;
  @Field(() => String, { nullable: true, description: 'The series it belongs to.' }) series?: string | null;
  @Field(() => MoneyInput, { nullable: true, description: 'The list price of one.' }) price?: MoneyInput | null;
}

@InputType({ description: 'A product for the catalogue.' })
export class CreateProductInput extends ProductContentInput {
  @Field(() => ID, {
    nullable: true,
    description: 'A UUIDv7 of your choice, so that a repetition of the call makes nothing twice.',
  })
  id?: string | null;
}

@InputType({ description: 'A product of another system.' })
export class ImportProductInput extends ProductContentInput {
  @Field(() => String, { description: 'Its name in the other system; a product is imported once per name.' })
  externalId: string;
}

@InputType({ description: 'What shall change of a product; what is left out stays, null clears.' })
export class UpdateProductInput {
  @Field(() => String, { nullable: true, description: 'Its name, 1 to 200 characters.' }) name?: string;
  @Field(() => String, { nullable: true, description: 'The series it belongs to.' }) series?: string | null;
  @Field(() => MoneyInput, { nullable: true, description: 'The list price of one; deals keep theirs.' })
  price?: MoneyInput | null;
  @Field(() => Boolean, { nullable: true, description: 'False withdraws it from sale.' }) active?: boolean;
}
